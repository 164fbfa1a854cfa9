"""The procedures that come with the product: a text each, and how a company takes them up."""
