"""Experiments that Informative clauses tell, recomputed from the reference."""
