"""The demo company's mail of today, which arrives like any other."""
