"""Mistakes of the page `activations`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "sigmoids", "rectifiers", "softmax", "log_softmax", "neighbors")
