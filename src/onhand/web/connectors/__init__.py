"""What outside shops reach: the address their messages come to."""
