"""What the demo company knows: articles and standard responses of a shop for home goods, in English and Spanish."""
