"""Promises: the tests on the books that say whether one was kept, and the job that checks those that are due."""
