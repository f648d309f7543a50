"""Mistakes of the page `clipping`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "norms", "joint_norms", "values")
