"""Mistakes of the page `adaptive`: a module for each subject."""
