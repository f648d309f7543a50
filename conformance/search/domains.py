"""The domains of the operations: of every page the arguments that its clauses on accuracy speak of, as strategies that Hypothesis searches.

A domain is what the clause says and the named inputs keep to: numbers of the format that are normal or zero, probabilities, positive
variances, labels in range, hyper-parameters that every format holds. Of what lies beyond it libraries may differ without a formula being
at stake, and a search there would find that they do.
"""

from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from nnspec import reference
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import WIDE, page_of
from nnspec.spec import clauses, pages

# What a page's operations are judged by in a search beside their accuracy.
_BESIDE = {
    "adaptive": ("adaptive/trajectory",),
    "descent": ("descent/trajectory",),
    "initializers": ("initializers/form", "initializers/repeatability"),
}

_STATISTIC = (
    "a statistic of 64,000 weights; over many seeds even a right one leaves its limits some day"
)


def searched(operation: str) -> tuple[str, ...]:
    """Return the clauses that a search judges an operation by: its accuracy, its layouts, and what the page has beside them."""
    page = page_of(operation)
    named = [f"{operation}/accuracy", *_BESIDE.get(page, ()), f"{page}/layouts"]
    if operation == "minibatches":
        named.append("minibatches/sizes")
    return tuple(name for name in named if name in clauses() and not refusal(name))


def refusal(clause: str) -> str:
    """Return why a clause on accuracy is not searched, "" where it is."""
    operation, _, about = clause.partition("/")
    random = (
        operation in reference.__all__
        and page_of(operation) == "initializers"
        and operation not in ("zeros", "constant")
    )
    return _STATISTIC if random and about == "accuracy" else ""


def cases(operation: str, dtype: str) -> st.SearchStrategy[Case] | None:
    """Return a strategy for the cases of an operation in a dtype, the simplest first; None where the operation is not asked in it."""
    if operation in WIDE and dtype not in ("float64", "float32"):
        return None
    module: Any = import_module(f"nnspec.conformance.pages.{page_of(operation)}.domains")
    strategy: st.SearchStrategy[Case] = module.cases(operation, dtype)
    return strategy


def unsearched() -> dict[str, str]:
    """Return the clauses on the accuracy of an operation that no search judges, each with the reason."""
    listed = [
        name
        for name in clauses()
        if name.endswith("/accuracy") and name.partition("/")[0] not in pages()
    ]
    return {name: reason for name in listed if (reason := refusal(name))}
