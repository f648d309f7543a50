"""One module a format, each a function of the result record and of nothing else."""
