"""The domains of the operations: the arguments in which a search looks for failures.

A domain holds the arguments that an operation's clause on accuracy speaks of, as a strategy for
Hypothesis: numbers of the format that are normal or zero, probabilities, positive variances, labels
in range, hyper-parameters that every format holds. Beyond it libraries may differ without a formula
being at stake, and a search there would find only that.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from nnspec.conformance.pages.domain import Domain
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import OPERATIONS, operations_of, page_of
from nnspec.spec import clauses, pages

_STATISTIC = (
    "a statistic of 64,000 weights; over many seeds even a right one leaves its limits some day"
)


@lru_cache(maxsize=None)
def domain(operation: str) -> Domain:
    """Return the domain of an operation: its page's `DOMAIN`."""
    module: Any = import_module(f"nnspec.conformance.pages.{page_of(operation)}.domains")
    domain: Domain = module.DOMAIN
    return domain


def searched(operation: str) -> tuple[str, ...]:
    """Return the clauses by which a search judges an operation.

    They are its accuracy, the layouts of its page, and those that the page's domain has beside.
    """
    names = (
        f"{operation}/accuracy",
        f"{page_of(operation)}/layouts",
        *domain(operation).beside,
    )
    return tuple(
        name
        for name in names
        if name in clauses() and operation in operations_of(clauses()[name]) and not refusal(name)
    )


def refusal(clause: str) -> str:
    """Return why no search judges a clause on accuracy, "" if a search does."""
    operation, _, about = clause.partition("/")
    record = OPERATIONS.get(operation)
    drawn = record is not None and record.random and not record.answers_indices
    return _STATISTIC if drawn and about == "accuracy" else ""


def cases(operation: str, dtype: str) -> st.SearchStrategy[Case] | None:
    """Return a strategy for the cases of an operation in a dtype, the simplest cases first.

    An operation that is not asked in the dtype has no strategy: None.
    """
    if not OPERATIONS[operation].asked_in(dtype):
        return None
    return domain(operation).cases(operation, dtype)


def unsearched() -> dict[str, str]:
    """Return the clauses on an operation's accuracy that no search judges, each with the reason."""
    listed = [
        name
        for name in clauses()
        if name.endswith("/accuracy") and name.partition("/")[0] not in pages()
    ]
    return {name: reason for name in listed if (reason := refusal(name))}
