"""Mistakes of the page `preprocessing`, by what they are about."""
