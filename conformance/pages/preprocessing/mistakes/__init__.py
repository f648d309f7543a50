"""Mistakes of the page `preprocessing`: a module for each subject."""
