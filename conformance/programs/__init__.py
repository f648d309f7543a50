"""Formulas as programs: the textbook's formula of each operation, to be run and to be edited."""
