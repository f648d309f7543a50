"""Mistakes of the page `networks`: a module for each subject."""
