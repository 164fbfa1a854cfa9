"""The panels of the customer's page, one folder each."""
