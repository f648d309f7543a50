"""One module a format; each is a function of the record alone."""
