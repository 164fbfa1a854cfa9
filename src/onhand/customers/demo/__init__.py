"""The demo's customers, of any number, and how every app adds its own."""

from onhand.customers.demo import company as company  # registers what it makes
