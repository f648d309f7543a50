"""A second implementation of every operation, by other algorithms than the reference's: correct, and careless where one may be."""
