"""One case, one answer, one verdict, and what explains a failure."""
