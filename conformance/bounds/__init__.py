"""Says how large an error a clause allows, and which answer is true.

Caches stand at the border of this room, on the functions that other rooms call again with the same
arguments: the truth of a case, a trajectory, a compiled formula, a vocabulary, a docstring's bound.
Functions inside the room remember nothing.
"""
