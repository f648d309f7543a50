"""One case, one answer, one verdict."""
