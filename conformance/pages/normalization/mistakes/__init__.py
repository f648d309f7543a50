"""Mistakes of the page `normalization`: a module for each subject."""
