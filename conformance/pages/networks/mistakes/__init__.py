"""Mistakes of the page `networks`, by what they are about."""
