"""The forms of a task: which operation a reference computes is found out by what it answers.

A form is a way in which a callable of some arguments may be asked as an operation. A probe of each
is put to the reference. A form whose answers are near the truth is a candidate, which the suite
judges afterwards.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.pages import families
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.operations import OPERATIONS

# A form is near if no element is off by more than this part of the largest number. No two
# operations come so close on a probe.
_NEAR = 1e-3

# Seconds for the probes of a task.
_LIMIT = 120.0

_BRIDGE = Path(__file__).with_name("bridge.py")
_EMPTY = "TASK: dict[str, Any] = {}"

_ELEMENTWISE = ("relu", "leaky_relu", "sigmoid", "tanh", "identity", "step")
_OF_ROWS = ("softmax", "log_softmax")
_OF_PAIRS = ("sparse_softmax_cross_entropy", "softmax_cross_entropy", "kl_divergence")
_SLOPES = (0.01, 0.1, 0.2)


@dataclass(frozen=True)
class Form:
    """An operation, the function of the bridge that asks for it, and the values that it fixes."""

    operation: str
    asked: str
    fixed: tuple[tuple[str, Any], ...] = ()
    note: str = ""

    @property
    def words(self) -> str:
        """The operation with what is fixed: `softmax, along axis 1`."""
        fixed = [f"{name} = {value!r}" for name, value in self.fixed if name != "axis"]
        return ", ".join(part for part in (self.operation, *fixed, self.note) if part)


@dataclass(frozen=True)
class Known:
    """What the probes of a task tell: shapes of its inputs, its numbers, and the near forms."""

    shapes: Sequence[Any]
    ranks: Sequence[Any]
    near: Sequence[Form]


def bridged(folder: Path, name: str, task: Mapping[str, Any]) -> Path:
    """Write a bridge to a callable into a folder."""
    text = _BRIDGE.read_text(encoding="utf-8").replace(_EMPTY, f"TASK = {dict(task)!r}", 1)
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    return file


def probed(folder: Path, bridge: Path) -> Known:
    """Put the probes to a reference. Raises AdapterError if its process says nothing."""
    asked = dict(enumerate(forms()))
    for number, form in asked.items():
        arguments = _probe(form).arguments
        numbered = {str(place): array for place, array in enumerate(arguments)}
        np.savez(folder / f"p{number}.npz", **numbered)
    names = {f"p{number}": form.asked for number, form in asked.items()}
    (folder / "probes.json").write_text(json.dumps(names), encoding="utf-8")
    try:
        ended = subprocess.run(  # noqa: S603  the user's own reference
            [sys.executable, str(bridge), str(folder)],
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    except subprocess.TimeoutExpired:
        message = f"the reference gave no answer to the probes within {_LIMIT:g} s"
        raise AdapterError(message) from None
    except OSError:
        message = f"the reference cannot be asked: {ended.stderr.strip()[-500:]}"
        raise AdapterError(message) from None
    near = [
        each
        for number, form in asked.items()
        if f"p{number}" in said["answered"]
        for each in _near(form, folder / f"p{number}.npy", said["numbers"])
    ]
    return Known(said["shapes"] or [], said["ranks"], near)


def forms() -> Iterator[Form]:
    """Yield every form, those of one operation in an order of their own."""
    yield from (Form(name, "elements") for name in _ELEMENTWISE)
    along = (("axis", -1),)
    for name in _OF_ROWS:
        for axis in range(4):
            yield Form(name, f"rows_{axis}", along, f"along axis {axis} of the task's input")
    alone = "a row at a time; its mean over rows is not judged"
    for name in _OF_PAIRS:
        fixed = along if "axis" in OPERATIONS[name].parameters else ()
        yield Form(name, "pairs", fixed, alone)
        yield Form(name, "pairs_swapped", fixed, f"its arguments in the other order, {alone}")
    added = "the bias is added by the suite"
    yield Form("linear", "products", (), f"as a matrix product; {added}")
    yield Form("linear", "products_transposed", (), f"as a product with a transpose; {added}")


def _probe(form: Form) -> Case:
    """Return a case of usual size in float32, with the values that the form fixes."""
    of_page = families.family(OPERATIONS[form.operation].page)
    assert of_page is not None  # noqa: S101  each operation above has one
    lengths = {name: each.usual for name, each in of_page.dimensions(form.operation).items()}
    case = of_page.make(form.operation, "float32", lengths, f"probe of {form.operation}")
    return case.changed(parameters={**case.parameters, **dict(form.fixed)})


def _near(form: Form, answer: Path, numbers: Sequence[float]) -> Iterator[Form]:
    """Yield the form if the answer is near the truth, with the value of a parameter that fits."""
    found = np.load(answer, allow_pickle=False)
    case = _probe(form)
    slopes = sorted({*numbers, *_SLOPES} - {0.0, 1.0})
    values: list[dict[str, Any]] = [{}]
    if "negative_slope" in case.parameters:
        values = [{"negative_slope": each} for each in slopes if 0 < each < 1]
    for value in values:
        true = flat(true_answer(case.changed(parameters={**case.parameters, **value})))
        scale = float(np.max(np.abs(true), initial=0.0))
        if found.shape == true.shape and bool(np.all(np.abs(found - true) <= _NEAR * scale)):
            yield Form(form.operation, form.asked, (*form.fixed, *value.items()), form.note)
            return
