"""Mistakes of the page `activations`: a module for each subject."""
