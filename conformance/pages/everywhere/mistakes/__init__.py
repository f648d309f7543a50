"""Mistakes that any operation may have, whatever its page; properties of clauses bind them."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = (
    *("forms", "memory", "repeats", "numbers", "lengths", "roundings"),
    *("digits", "sizes", "cotangents", "ranks", "neighbors", "aliasing"),
)
