"""Pages about procedures."""
