"""WooCommerce through its REST API, version 3."""
