"""Formulas as programs, and their edits."""
