"""Statements of the company's bank: read, stored, and their lines matched with payments and refunds."""
