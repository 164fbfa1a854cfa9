"""What payment providers reach: the address their messages come to, and where customers land after giving a payment method."""
