"""Mistakes of the page `clipping`, by what they are about."""
