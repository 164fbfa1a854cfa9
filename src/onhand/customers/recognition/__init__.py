"""Whose file a number, address or reference points to: known, maybe or unknown."""
