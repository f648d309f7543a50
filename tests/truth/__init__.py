"""The evidence for the reference: true answers by ball arithmetic, from code that shares nothing
with `reference`."""
