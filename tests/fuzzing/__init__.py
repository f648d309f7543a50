"""Files and messages that somebody changed, and a tally of what they do to the suite.

The tests that use it are called `test_fuzzed_…`, and stand in the rooms of what is changed. Each
has a fixed budget and no chance in it: the same examples come in every session.
"""
