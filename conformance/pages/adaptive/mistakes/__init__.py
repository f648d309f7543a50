"""Mistakes of the page `adaptive`, by what they are about."""
