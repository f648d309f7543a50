"""Changes the judging code in one place at a time, and asks whether a test fails.

`python -m tests.mutation` takes a seeded sample of each room. It prints how many of these mutants
the tests kill, and lists the survivors.
"""
