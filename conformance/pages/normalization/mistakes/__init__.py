"""Mistakes of the page `normalization`, by what they are about."""
