"""Mistakes that any operation may have, whatever its page; properties of clauses bind them."""
