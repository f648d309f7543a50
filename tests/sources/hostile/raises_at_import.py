"""An adapter with a mistake in line 3."""

width = 1 / 0


def relu(x):
    return x
