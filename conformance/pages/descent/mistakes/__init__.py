"""Mistakes of the page `descent`: a module for each subject."""
