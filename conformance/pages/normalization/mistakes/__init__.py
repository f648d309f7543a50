"""Mistakes of the page `normalization`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "training", "running", "prediction", "gradient", "neighbors")
