"""Mistakes of the page `sampling`: a module for each subject."""
