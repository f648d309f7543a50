"""Mistakes of the page `sampling`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("minibatches", "draws", "descent")
