"""Mistakes of the page `clipping`: a module for each subject."""
