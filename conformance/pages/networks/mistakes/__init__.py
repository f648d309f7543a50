"""Mistakes of the page `networks`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("linear", "forward", "backward", "perceptron", "factors")
