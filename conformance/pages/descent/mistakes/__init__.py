"""Mistakes of the page `descent`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "momentum", "nesterov", "newton")
