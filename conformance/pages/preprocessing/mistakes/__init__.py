"""Mistakes of the page `preprocessing`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "standardization", "components")
