"""The specification as a static site."""
