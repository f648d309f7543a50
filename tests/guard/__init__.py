"""Compares what the suite of the working tree judges with the suite of an older commit.

`python -m tests.guard REV` prints the differences.
"""
