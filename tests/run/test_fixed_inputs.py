"""What the plan asks is the same everywhere, to the last bit, and the same as yesterday.

Where inputs are changed on purpose, `python -m tests.run.fixed_inputs --write` stores the new
digests.
"""

import dataclasses
import json

import numpy as np
import pytest

from nnspec.conformance.run import plan
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from tests.run import fixed_inputs, machines


# All inputs are made, and nothing is judged.
@pytest.mark.no_cover
def test_the_inputs_of_every_page_are_the_stored_ones() -> None:
    digests = fixed_inputs.by_case()
    assert len(digests) == len(plan.plan(plan.EVERYTHING))
    assert fixed_inputs.by_page(digests) == fixed_inputs.stored(), (
        "changed on purpose? python -m tests.run.fixed_inputs --write"
    )


# As three generations of processors have them, the newest first.
@pytest.mark.proof
@pytest.mark.parametrize(
    ("kernel", "level"),
    list(zip(machines.KERNELS, machines.levels(), strict=True)),
    ids=str,
)
def test_the_inputs_are_the_same_on_other_machines(kernel: str, level: str) -> None:
    if why := machines.missing(kernel):
        pytest.skip(why)
    under = machines.environment(kernel, level)
    done = machines.python("-m", "tests.run.fixed_inputs", under=under)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == fixed_inputs.stored()


def test_a_level_takes_from_numpy_what_its_name_says() -> None:
    script = "import json, numpy; print(json.dumps(numpy.show_config(mode='dicts')))"
    extensions = {}
    for level in machines.levels():
        done = machines.python("-c", script, under=machines.environment(level=level))
        assert done.returncode == 0, done.stderr
        extensions[level] = set(json.loads(done.stdout)["SIMD Extensions"].get("found", ()))
    assert extensions["least"] == set()
    assert extensions["without AVX-512"] <= extensions["all"]
    assert not any("512" in each for each in extensions["without AVX-512"])


def case(**changes: object) -> Case:
    plain = Case("a", "relu", (np.array([1.0, 2.0, 3.0]),), {"negative_slope": 0.5})
    return dataclasses.replace(plain, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "b"},
        {"operation": "tanh"},
        {"arguments": (np.array([1.0, 2.0, np.nextafter(3.0, 4.0)]),)},
        {"arguments": (np.array([1.0, 2.0, 3.0], dtype=np.float32),)},
        {"arguments": (np.array([[1.0, 2.0, 3.0]]),)},
        {"arguments": (np.array([3.0, 2.0, 1.0])[::-1],)},
        {"arguments": ([np.array([1.0, 2.0, 3.0])],)},
        {"parameters": {"negative_slope": 0.25}},
        {"same_as": (np.array([1.0, 2.0, 3.0]),)},
        {"truth": (np.array([1.0, 2.0, 3.0]), np.zeros(3))},
        {"one_of_many": True},
    ],
    ids=str,
)
def test_every_part_of_a_case_is_in_its_digest(changes: dict[str, object]) -> None:
    assert fixed_inputs.digest(case(**changes)) != fixed_inputs.digest(case())


def test_what_a_callback_answers_is_in_the_digest_of_its_case() -> None:
    def of(factor: float) -> str:
        slope = Callback("a slope", lambda _, point: [factor * point[0]], ((3,),))
        return fixed_inputs.digest(case(operation="gradient_descent", arguments=(slope, [], 3)))

    assert of(1 / 3) == of(1 / 3)
    assert of(1 / 3) != of(np.nextafter(1 / 3, 1.0))
