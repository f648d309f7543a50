"""The language of bounds, its arithmetic with errors, and what is true of a case."""
