"""Mistakes: wrong implementations with one plausible error, bound to clauses that reject them."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from importlib import import_module
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np

from nnspec import reference
from nnspec.conformance.terms.formats import NAMES, cast, dtype_of
from nnspec.conformance.terms.nested import leaves, mapped
from nnspec.conformance.terms.operations import clause_of, operations_of
from nnspec.spec import clauses as specified
from nnspec.spec import pages

Operation = Callable[..., Any]

# Folders of mistakes that several pages share, beside those of the pages.
SHARED = ("steps", "everywhere")


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation of one operation, whose error can be seen in these dtypes.

    One that `remembers` keeps something from one call to the next. The `fix` says how to mend it.
    """

    name: str
    operation: str
    clauses: tuple[str, ...]
    description: str
    make: Callable[[], Operation]
    dtypes: tuple[str, ...] = NAMES
    remembers: bool = False
    fix: str = ""

    def visible(self, dtype: str | None) -> bool:
        """Say whether the error can be seen in a dtype, or without one."""
        return dtype is None or dtype in self.dtypes

    def adapter(self) -> SimpleNamespace:
        """Return an adapter that is mistaken in this operation and right in the others.

        It has no memory of earlier calls.
        """
        return standing_in(self.operation, self.make(), self.name)


@dataclass(frozen=True)
class Rule:
    """A declaration of a page: a function and its clauses.

    The function is an operation, or spoils every operation of which the clauses speak.
    """

    clauses: tuple[str, ...]
    dtypes: tuple[str, ...]
    function: Operation
    kind: str
    operations: tuple[str, ...] = ()
    but: Mapping[str, str] = field(default_factory=dict)
    remembers: bool = False
    shows: Callable[[str], bool] = lambda _: True

    @cached_property
    def spoils(self) -> tuple[str, ...]:
        """The operations that the function may spoil, or the one that it is."""
        listed = tuple(
            dict.fromkeys(
                operation
                for clause in self.clauses
                for operation in operations_of(clause_of(clause))
            )
        )
        if self.kind == "spoils":
            return self.operations or listed
        # A clause of a whole page beside one of an operation speaks of that operation here.
        (operation,) = [each for each in listed if self._speaking(each) == self.clauses]
        return (operation,)

    def of(self, operation: str) -> Mistake:
        """Return the mistake of one operation."""
        function = self.function
        make = (
            partial(function, rounded(operation))
            if self.kind == "spoils"
            else partial(computed, function, native=self.kind == "native")
        )
        description, _, more = (inspect.getdoc(function) or "").partition("\n")
        _, _, fix = more.partition("Fix: ")
        return Mistake(
            function.__name__,
            operation,
            self._speaking(operation),
            description,
            make,
            self.dtypes,
            self.remembers,
            " ".join(fix.split()),
        )

    def mistakes(self) -> list[Mistake]:
        """Return the mistakes of the operations that show it."""
        return [self.of(each) for each in self.spoils if self.shows(each)]

    def _speaking(self, operation: str) -> tuple[str, ...]:
        """Return the clauses that speak of an operation."""
        return tuple(each for each in self.clauses if operation in operations_of(clause_of(each)))


def mistake(
    *clauses: str, dtypes: Sequence[str] = NAMES, native: bool = False
) -> Callable[[Operation], Rule]:
    """Declare a wrong implementation of the operation that the clauses speak of.

    It computes in float64, or float32 for the narrower formats. A `native` one computes in the
    dtype under test.
    """
    return lambda function: Rule(clauses, tuple(dtypes), function, "native" if native else "wrong")


def spoiling(
    *clauses: str,
    properties: Sequence[str] = (),
    but: Mapping[str, str] = MappingProxyType({}),
    dtypes: Sequence[str] = NAMES,
    operations: Sequence[str] = (),
    remembers: bool = False,
    shows: Callable[[str], bool] = lambda _: True,
) -> Callable[[Callable[[Operation], Operation]], Rule]:
    """Declare a way to spoil a right implementation of every operation that the clauses speak of.

    `properties` adds every clause of these properties: "form" adds each `*/form`.
    `but` leaves out clauses, operations or pages, each with the reason. `operations` names the
    operations to spoil where the clauses speak of more. One that `remembers` keeps something from
    one call to the next. An operation that does not show it is left out when its mistakes are
    listed.
    """
    every = (*clauses, *clauses_of(properties, but))
    return lambda function: Rule(
        every, tuple(dtypes), function, "spoils", tuple(operations), but, remembers, shows
    )


def clauses_of(properties: Sequence[str], but: Mapping[str, str]) -> list[str]:
    """Return the clauses of these properties but those left out.

    Raises ValueError if a name in `but` leaves out nothing: no exception outlives its clause.
    """
    listed = [
        clause
        for clause in specified().values()
        if clause.id.partition("/")[2] in properties and clause.level != "Informative"
    ]
    names = {clause.id: {clause.id, clause.operation, clause.page} for clause in listed}
    if idle := but.keys() - set().union(*names.values()):
        message = f"no clause of {', '.join(properties)} is left out by {', '.join(sorted(idle))}"
        raise ValueError(message)
    return [identifier for identifier, own in names.items() if not own & but.keys()]


@lru_cache(maxsize=1)
def mistakes() -> Mapping[str, tuple[Mistake, ...]]:
    """Return the mistakes of every operation."""
    return {operation: mistakes_of(operation) for operation in reference.__all__}


@lru_cache(maxsize=None)
def mistakes_of(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes of an operation: those of its page, then those that pages share.

    Raises ValueError if two have one name.
    """
    found: dict[str, Mistake] = {}
    for rule in _spoiling()[operation]:
        if rule.shows(operation):
            each = rule.of(operation)
            if each.name in found:
                message = f"{operation} has two mistakes named {each.name}"
                raise ValueError(message)
            found[each.name] = each
    return tuple(found.values())


@lru_cache(maxsize=1)
def _spoiling() -> Mapping[str, list[Rule]]:
    """Return for each operation the rules that may spoil it."""
    listed: dict[str, list[Rule]] = {operation: [] for operation in reference.__all__}
    for page in (*pages(), *SHARED):
        for rule in rules(page):
            for operation in rule.spoils:
                listed[operation].append(rule)
    return listed


def rules(folder: str) -> Iterator[Rule]:
    """Yield the rules in a folder of `pages/`."""
    return _rules(f"nnspec.conformance.pages.{folder}.mistakes")


def _rules(name: str) -> Iterator[Rule]:
    """Yield the rules of a module, and of its `MODULES` if it is a package."""
    module = import_module(name)
    yield from (value for value in vars(module).values() if isinstance(value, Rule))
    for inner in getattr(module, "MODULES", ()):
        yield from _rules(f"{name}.{inner}")


def standing_in(operation: str, function: Operation, name: str) -> SimpleNamespace:
    """Return an adapter that is right in every operation but one: a check may ask for several."""
    return SimpleNamespace(name=name, version="", dtypes=NAMES, **{**_right(), operation: function})


@lru_cache(maxsize=1)
def _right() -> Mapping[str, Operation]:
    return {operation: rounded(operation) for operation in reference.__all__}


def rounded(operation: str) -> Operation:
    """Return the reference's operation, which a mistake spoils, rounded to its arguments' dtype."""
    return computed(getattr(reference, operation), wide=True)


def computed(function: Operation, *, native: bool = False, wide: bool = False) -> Operation:
    """Return a function that answers in its arguments' dtype, and computes in float32 for 16 bits.

    A `native` one computes in the dtype itself, a `wide` one in float64. Callbacks are asked in
    the dtype and heard in the other.
    """

    def answer(*arguments: Any, **parameters: Any) -> Any:
        name = parameters.get("dtype") or next(
            (array.dtype.name for array in leaves(arguments) if array.dtype.kind != "i"), "int64"
        )
        working = (
            dtype_of(name)
            if native
            else np.dtype(np.float64 if wide or name == "float64" else np.float32)
        )
        with np.errstate(all="ignore"):
            found = function(
                *(heard(working, name, argument) for argument in arguments), **parameters
            )
            return _answered(found, name)

    return answer


def heard(working: np.dtype[Any], name: str, argument: Any) -> Any:
    """Return an argument with its arrays and its callbacks' answers in the working dtype."""
    if not callable(argument):
        return mapped(
            lambda array: array if array.dtype.kind == "i" else array.astype(working), argument
        )
    return lambda point, *others: mapped(
        lambda array: array.astype(working),
        argument([cast(np.asarray(array), name) for array in point], *others),
    )


def _answered(found: Any, name: str) -> Any:
    """Return an answer with its arrays in the dtype of the arguments; those of integers stay."""
    if isinstance(found, (np.ndarray, np.generic, int, float)):
        array = np.asarray(found)
        return array if array.dtype.kind == "i" else cast(array, name)
    return [_answered(item, name) for item in found]
