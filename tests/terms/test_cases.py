"""Cases: the arguments of a case of many numbers are made when somebody asks for them."""

from typing import Any

import numpy as np

from nnspec.conformance.judge.diagnosis import size
from nnspec.conformance.run.plan import EVERYTHING, plan
from nnspec.conformance.terms.cases import Case, Later


def counted(made: list[str], name: str) -> Case:
    def make() -> tuple[tuple[Any, ...], dict[str, Any]]:
        made.append(name)
        return (np.full(5_000, 0.5),), {}

    return Case(name, "relu", Later(make, 5_000))


def test_arguments_are_made_when_they_are_asked_for_and_kept_until_another_case_is() -> None:
    made: list[str] = []
    one, other = counted(made, "one"), counted(made, "other")
    assert (one.size, one.many, one.deferred) == (5_000, True, True)
    assert not made
    assert one.arguments[0] is one.arguments[0]
    assert made == ["one"]
    assert other.arguments[0].size == 5_000
    assert one.arguments[0].size == 5_000
    assert made == ["one", "other", "one"]


def test_a_changed_case_makes_its_arguments_later_too() -> None:
    made: list[str] = []
    changed = counted(made, "one").changed(name="relu.one", parameters={"p": 1})
    assert (changed.name, changed.parameters, changed.deferred) == ("relu.one", {"p": 1}, True)
    assert not made
    plain = Case("plain", "relu", (np.ones(3),)).changed(name="other")
    assert (plain.name, plain.arguments[0].size, plain.deferred) == ("other", 3, False)


def test_its_size_is_known_before() -> None:
    made: list[str] = []
    planned = plan(EVERYTHING, only=["relu/accuracy"], dtypes=["float64"])[0]
    assert size(type(planned)(**{**vars(planned), "case": counted(made, "one")})) == 5_000
    assert not made


def test_an_unknown_name_is_no_attribute() -> None:
    assert not hasattr(Case("plain", "relu", (np.ones(3),)), "nothing")
