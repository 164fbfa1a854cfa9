"""Callbacks: calls customers asked for, given out by the router like all work, each in its own time."""
