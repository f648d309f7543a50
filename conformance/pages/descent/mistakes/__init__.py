"""Mistakes of the page `descent`, by what they are about."""
