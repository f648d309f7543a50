"""Mistakes of the page `losses`: a module for each subject."""
