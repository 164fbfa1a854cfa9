"""Sign-in pages: the addresses of the sign-in library that this product uses, and how they look."""
