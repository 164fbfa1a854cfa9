"""What other programs are told: signed messages on what happens here, delivered at least once."""
