"""Mistakes of the page `losses`, by what they are about."""
