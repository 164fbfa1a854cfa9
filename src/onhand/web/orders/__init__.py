"""Pages of orders, returns and disputes."""
