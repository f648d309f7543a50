"""Mistakes of the page `initializers`, by what they are about."""
