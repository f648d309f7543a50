"""Mistakes that pages share: bound by property, with exceptions that say why and stay true."""

import dis
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance import pages
from nnspec.conformance.terms.mistakes import (
    SHARED,
    Rule,
    clauses_of,
    mistakes,
    mistakes_of,
    rules,
    spoiling,
)
from nnspec.conformance.terms.operations import operations_of

SHARING = [rule for folder in SHARED for rule in rules(folder)]
EXCEPTED = [rule for rule in SHARING if rule.but]
NAMES = {each.name for listed in mistakes().values() for each in listed}


def test_a_property_stands_for_every_clause_that_has_it() -> None:
    assert set(clauses_of(["form"], {})) == {
        name for name in spec.clauses() if name.endswith("/form")
    }


@pytest.mark.parametrize("name", ["relu/nan", "relu", "activations"])
def test_a_clause_an_operation_and_a_page_can_be_left_out(name: str) -> None:
    left = set(clauses_of(["nan"], {})) - set(clauses_of(["nan"], {name: "a reason"}))
    assert "relu/nan" in left
    assert ("clipping/nan" in left, "tanh/nan" in left) == (False, name == "activations")


def test_an_exception_that_leaves_out_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no clause of form is left out by relu/form"):
        spoiling(properties=("form",), but={"relu/form": "there is none"})


@pytest.mark.parametrize("rule", EXCEPTED, ids=lambda rule: rule.function.__name__)
def test_a_mistake_that_an_exception_refers_to_is_one_of_the_same_clause(rule: Rule) -> None:
    for name, reason in rule.but.items():
        for other in set(re.findall(r"\b[a-z]+(?:_[a-z]+){2,}\b", reason)):
            assert other in NAMES
            spoken_of = [
                clause
                for clause in spec.clauses().values()
                if name in (clause.id, clause.operation, clause.page)
                and clause.id not in rule.clauses
            ]
            assert any(
                each.name == other and clause.id in each.clauses
                for clause in spoken_of
                for operation in operations_of(clause)
                for each in mistakes_of(operation)
            ), (name, other)


def test_a_mistake_is_written_once() -> None:
    shared = {rule.function.__name__ for rule in rules("everywhere")}
    own = {rule.function.__name__ for page in spec.pages() for rule in rules(page)}
    assert not shared & own


def test_a_package_of_mistakes_names_each_of_its_modules_that_holds_rules() -> None:
    for package in Path(pages.__path__[0]).glob("*/mistakes/__init__.py"):
        name = f"{pages.__name__}.{package.parents[1].name}.mistakes"
        holding = {
            path.stem
            for path in package.parent.glob("[a-z]*.py")
            if any(
                isinstance(each, Rule)
                for each in vars(import_module(f"{name}.{path.stem}")).values()
            )
        }
        assert set(import_module(name).MODULES) == holding


def kept_between_calls(function: FunctionType) -> Iterator[str]:
    """Yield the names of what a function and those that it calls hold and may change."""
    code = function.__code__
    rebound = {each.argval for each in dis.get_instructions(code) if each.opname == "STORE_DEREF"}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        value = cell.cell_contents
        if name in rebound or isinstance(value, (dict, list, set, np.ndarray)):
            yield name
        if isinstance(value, FunctionType):
            yield from kept_between_calls(value)


def test_a_mistake_that_keeps_something_between_calls_says_so() -> None:
    made = [(each, each.make()) for listed in mistakes().values() for each in listed]
    keeping = {each.name for each, function in made if any(kept_between_calls(function))}
    assert keeping == {each.name for each, _ in made if each.remembers}
