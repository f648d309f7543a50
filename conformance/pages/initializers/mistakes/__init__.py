"""Mistakes of the page `initializers`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "variances", "laws", "draws")
