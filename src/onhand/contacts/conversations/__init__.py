"""What is written in contacts: how it is received, joined to what was said before, and answered."""
