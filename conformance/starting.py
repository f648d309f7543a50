"""Writes the adapter file that `conformance init` gives a newcomer: it runs at once, and every operation's contract stands in it."""

import inspect
import textwrap

import reference
from conformance.operations import page_of

_OPENING = '''"""Adapter: tells the conformance suite where your functions are.

Run it:    conformance certify ./{name}

An adapter is a glossary. Every function below whose name is an operation's is called and judged; what you leave out is
reported as absent. Arguments and answers are NumPy arrays, and answers have the dtype of the arguments. Nothing has to be imported
from nnspec, inherited or registered.
"""

import numpy as np

name = "my network"
version = "0.1"

# The dtypes to judge, out of float64, float32, float16 and bfloat16.
dtypes = ("float64", "float32")

# Parameters that your library fixes:      fixed = {{"leaky_relu": {{"negative_slope": 0.01}}}}
# Failures that you know of, with reasons: expected_failures = {{"sigmoid/precision": "fast exponential, by design"}}


# Three operations to begin with. Replace each body by a call of your own function: an adapter that computes the formula itself
# certifies nothing but itself.


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, x.dtype.type(1), e) / (1 + e)


def relu(x):
    return np.maximum(x, 0)


def softmax(x, *, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# Every operation there is. Take out the comment signs of those that you have.
'''

_OFFERED = ("sigmoid", "relu", "softmax")


def blank_adapter(name: str) -> str:
    """Return the text of an adapter file of that name."""
    blocks = [_OPENING.format(name=name)]
    page = ""
    for operation in (each for each in reference.__all__ if each not in _OFFERED):
        if page_of(operation) != page:
            page = page_of(operation)
            blocks.append(f"# --- {page}\n")
        blocks.append(_contract(operation))
    return "\n".join(blocks)


def _contract(operation: str) -> str:
    function = getattr(reference, operation)
    signature = ", ".join(_parameters(function))
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    formula = rest.partition("Formula\n")[2].partition("Shapes\n")[0]
    about = [first, *textwrap.dedent(formula).strip().splitlines()]
    return "\n".join([*(f"# {line}".rstrip() for line in about), f"# def {operation}({signature}):", "#     ...", ""])


def _parameters(function: object) -> list[str]:
    parameters = list(inspect.signature(function).parameters.values())  # type: ignore[arg-type]
    names = [parameter.name for parameter in parameters]
    keywords = [place for place, parameter in enumerate(parameters) if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    return [*names[: keywords[0]], "*", *names[keywords[0] :]] if keywords else names
