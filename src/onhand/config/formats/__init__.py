"""How Django itself writes days and hours, where that differs from how pages write them."""
