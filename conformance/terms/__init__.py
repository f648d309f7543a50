"""The nouns in which all else is written.

They are formats, nested arrays, operations, callbacks, outcomes, cases and mistakes.
"""
