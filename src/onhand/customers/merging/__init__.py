"""Files found to be one customer's: suggested, merged, and parted again without loss."""
