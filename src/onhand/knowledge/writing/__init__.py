"""Hints on how a text reads: length of sentences, hard words, tone. Pure: no database, no network."""
