"""Another correct implementation, by other algorithms, conforms on every MUST clause in every dtype: the bounds reject no careful code."""

from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import reference
import spec
from conformance import suite
from conformance.formats import NAMES, cast
from conformance.implementation import InProcess
from conformance.judging import judge
from conformance.operations import page_of
from conformance.outcomes import CONFORMS

OPERATIONS = {operation: getattr(import_module(f"tests.second.{page_of(operation)}"), operation) for operation in reference.__all__}
SECOND = SimpleNamespace(name="second implementation", dtypes=NAMES, **OPERATIONS)


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("page", spec.pages())
def test_another_correct_implementation_conforms_on_every_must(page: str, dtype: str) -> None:
    source = InProcess(SECOND)
    with np.errstate(all="ignore"):
        musts = [
            each for each in suite.plan(source.description, dtypes=(dtype,)) if (each.clause.level, each.clause.page) == ("MUST", page)
        ]
        ended = [(each.id, judge(each, source)) for each in musts]
    assert [(name, result.outcome, result.message, result.details) for name, result in ended if result.outcome != CONFORMS] == []


def test_it_is_another_implementation() -> None:
    x = cast([[0.1, 2.3, -4.5]], "float32")
    assert not np.array_equal(SECOND.softmax(x, axis=1), cast(reference.softmax(x, axis=1), "float32"))
