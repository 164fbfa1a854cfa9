"""Customers taken in from outside: one row of any source read into one form, and many rows written at once."""
