"""Mistakes of the page `information`."""

# A diagnosis prefers the earlier of two mistakes that explain a failure equally well.
MODULES = ("sums", "clipped")
