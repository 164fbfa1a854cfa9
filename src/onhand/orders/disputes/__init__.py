"""The dispute file: everything about an order on one line of time, with what contradicts marked."""
