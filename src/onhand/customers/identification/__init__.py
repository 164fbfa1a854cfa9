"""How well whoever is on a contact is identified, and the ways to it."""
