"""Holds the suite of the working tree against that of an older commit: `python -m tests.guard REV`
says what they judge differently."""
