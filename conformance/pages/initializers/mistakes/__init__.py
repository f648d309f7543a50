"""Mistakes of the page `initializers`: a module for each subject."""
