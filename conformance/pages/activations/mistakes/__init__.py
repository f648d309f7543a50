"""Mistakes of the page `activations`, by what they are about."""
