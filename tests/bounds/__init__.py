"""The language of bounds, its arithmetic with errors, and the truth of a case."""
