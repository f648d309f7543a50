"""Mistakes of the page `losses`: a module for each subject."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("every", "classes", "logits", "squares", "edges", "neighbors")
