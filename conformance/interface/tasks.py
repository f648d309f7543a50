"""Tasks of kernel benchmarks: a reference, a candidate, and makers of inputs, judged by clauses.

The mapping from a task to an operation is verified: the suite judges the reference itself. The
candidate is asked what the reference does rightly, and nothing else.
"""

import json
import math
import os
import tempfile
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnspec.conformance.interface import check as checking
from nnspec.conformance.interface.forms import Form, Known, bridged, probed
from nnspec.conformance.interface.seeds import seed as seed_of
from nnspec.conformance.interface.verdict import NoVerdict, Verdict
from nnspec.conformance.sources.description import AdapterError
from nnspec.conformance.terms.outcomes import ABSENT, FAILURES

# Inputs of a task have so many numbers at most, and products so many factors: the suite computes
# the truth of each on a CPU.
_NUMBERS, _PRODUCTS = 2**20, 2**26

# The clauses that a reference must keep to be taken for an operation.
_TELLING = ("accuracy", "fresh")


@dataclass(frozen=True)
class Evaluation:
    """The verdict on a candidate, and the one on the reference that says what is asked.

    It is true if the candidate conforms where the reference does. `left_out` are the ids of cases
    in which the reference fails itself.
    """

    operation: str
    mapping: str
    reference: Verdict
    candidate: Verdict
    left_out: tuple[str, ...]

    def __bool__(self) -> bool:
        """Say whether the candidate conforms to all that it is asked."""
        return bool(self.candidate)

    def __str__(self) -> str:
        """Return the mapping, what is left out, and the verdict on the candidate."""
        lines = [f"The reference computes {self.mapping}: it conforms to what is asked below."]
        if self.left_out:
            lines.append(f"In {len(self.left_out):,} cases it fails itself; they are left out.")
        return "\n".join([*lines, "", str(self.candidate)])

    __repr__ = __str__


def kernelbench(
    reference: str | os.PathLike[str],
    candidate: str | os.PathLike[str],
    *,
    dtypes: Sequence[str] = ("float32",),
    seed: int | str | None = "fresh",
    budget: float | None = None,
) -> Evaluation:
    """Judge a file with `ModelNew` by one with `Model`, `get_inputs` and `get_init_inputs`.

    Raises NoVerdict if the reference computes no operation of the specification.
    """
    makers = os.path.abspath(reference)  # noqa: PTH100
    tasks = [
        {"file": os.path.abspath(file), "name": name, "makers": makers}  # noqa: PTH100
        for file, name in ((reference, "Model"), (candidate, "ModelNew"))
    ]
    drawn = seed_of(seed)
    called = f"nnspec.kernelbench({os.fspath(reference)!r}, {os.fspath(candidate)!r}, seed={drawn})"
    found = _evaluated(tasks[0], tasks[1], (), dtypes, drawn, budget)
    return _named(found, "ModelNew", os.fspath(candidate), called)


def flashinfer(
    definition: Mapping[str, Any] | str | os.PathLike[str],
    solution: Mapping[str, Any] | str | os.PathLike[str],
    workloads: Sequence[Mapping[str, Any]] = (),
    *,
    dtypes: Sequence[str] = ("float32",),
    seed: int | str | None = "fresh",
    budget: float | None = None,
) -> Evaluation:
    """Judge a solution by a definition, both as JSON: by their paths, or as mappings.

    `workloads` say the lengths of the variable axes. A definition with constant axes is asked in
    its own shapes alone. Raises NoVerdict if the reference computes no operation of the
    specification, ValueError if a document lacks a key.
    """
    defined, solved = _document(definition), _document(solution)
    with tempfile.TemporaryDirectory(prefix="nnspec-") as folder:
        first = Path(folder) / "reference.py"
        first.write_text(_key(defined, "reference"), encoding="utf-8")
        ranks = [
            None if each.get("shape") is None else len(each["shape"])
            for each in _key(defined, "inputs").values()
        ]
        known = {"ranks": ranks, "shapes": []}
        task = {"file": str(first), "name": "run", "makers": str(first), **known}
        other = _solution(solved, Path(folder) / "solution") | known
        constant = any(each.get("type") == "const" for each in _key(defined, "axes").values())
        shapes = _workload_shapes(defined, workloads)
        if constant and not shapes:
            message = "a definition with constant axes needs workloads: it has no other shapes"
            raise ValueError(message)
        drawn = seed_of(seed)
        found = _evaluated(task, other, shapes, dtypes, drawn, budget, only_shapes=constant)
        called = f"nnspec.flashinfer(definition, solution, workloads, seed={drawn})"
        return _named(found, str(solved.get("name", "solution")), "", called)


def _evaluated(
    reference: Mapping[str, Any],
    candidate: Mapping[str, Any],
    shapes: Sequence[Sequence[Sequence[int]]],
    dtypes: Sequence[str],
    seed: int,
    budget: float | None,
    *,
    only_shapes: bool = False,
) -> Evaluation:
    options: dict[str, Any] = {"dtypes": tuple(dtypes), "seed": seed, "budget": budget}
    with tempfile.TemporaryDirectory(prefix="nnspec-") as held:
        folder = Path(held)
        try:
            known = probed(folder, bridged(folder, "reference", reference))
        except AdapterError as error:
            raise NoVerdict(str(error)) from None
        ranks = {"ranks": list(known.ranks), "shapes": list(known.shapes)}
        bridge = bridged(folder, "reference", {**reference, **ranks})
        other = bridged(folder, "candidate", {**candidate, **ranks})
        told: list[str] = []
        for form in known.near:
            own = shapes or ([known.shapes] if known.shapes else [])
            options["shapes"] = _shapes(form, own)
            options["only_shapes"] = only_shapes
            try:
                right = _judged(bridge, form, options)
            except NoVerdict as none:
                told.append(f"{form.words}: {none}")
                continue
            if wrong := _breaks(right):
                told.append(f"{form.words}: it breaks {wrong}")
                continue
            results = right.record.results
            out = tuple(e.id for e in results if e.outcome in (*FAILURES, ABSENT))
            found = _judged(other, form, options, without={*out})
            return Evaluation(form.operation, form.words, right, found, out)
    raise NoVerdict(_unknown(known, told))


def _named(found: Evaluation, function: str, place: str, called: str) -> Evaluation:
    """Return an evaluation whose verdict names the candidate instead of the bridge to it."""
    call = called if found.candidate.call else ""
    named = replace(found.candidate, function=function, place=place, call=call)
    return replace(found, candidate=named)


def _judged(
    bridge: Path, form: Form, options: Mapping[str, Any], without: Container[str] = ()
) -> Verdict:
    """Return the verdict on one end of a bridge."""
    function = f"{bridge}:{form.asked}"
    said = {key: value for key, value in options.items() if key != "only_shapes"}
    kept = "chosen-" if options["only_shapes"] else ""
    return checking.asked_apart(
        function,
        form.operation,
        fixed=dict(form.fixed),
        keeps=lambda each: each.id not in without and kept in each.case.name,
        **said,
    )


def _breaks(verdict: Verdict) -> str:
    """Return a telling clause that a reference breaks, "" if it breaks none."""
    for each in verdict.failures:
        if each.level == "MUST" and each.clause.rpartition("/")[2] in _TELLING:
            return each.clause
    return ""


def _unknown(known: Known, told: Sequence[str]) -> str:
    said = "; ".join(told) or f"its inputs have the shapes {known.shapes or known.ranks}"
    return f"the reference computes no operation of the specification ({said})"


def _shapes(form: Form, own: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the shapes of a task as lengths of an operation's dimensions, none too large."""
    found = []
    for shapes in own:
        first = [int(each) for each in (shapes[0] if shapes and shapes[0] else ())]
        if not first:
            continue
        if form.asked == "elements":
            found.append({"elements": min(math.prod(first), _NUMBERS)})
        elif form.asked.startswith("rows_"):
            classes = min(first[int(form.asked[-1])], _NUMBERS)
            rows = min(math.prod(first) // max(classes, 1), _NUMBERS // classes)
            found.append({"rows": max(rows, 1), "classes": classes})
        elif form.asked.startswith("products"):
            second = [int(each) for each in shapes[1]]
            outputs, inputs = second[form.asked == "products"], first[-1]
            samples = min(math.prod(first[:-1]), max(_PRODUCTS // (outputs * inputs), 1))
            found.append({"samples": samples, "inputs": inputs, "outputs": outputs})
    return [dict(each) for each in {tuple(one.items()): one for one in found}.values()]


# --- the documents of FlashInfer-Bench ---


def _document(given: Mapping[str, Any] | str | os.PathLike[str]) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        return given
    found: Mapping[str, Any] = json.loads(Path(given).read_text(encoding="utf-8"))
    return found


def _key(document: Mapping[str, Any], key: str) -> Any:
    if key not in document:
        message = f"the document {document.get('name', '')!r} has no {key}"
        raise ValueError(message)
    return document[key]


def _solution(solved: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the sources of a solution into a folder; return what a bridge has to know of it."""
    for each in _key(solved, "sources"):
        file = (folder / each["path"]).resolve()
        if not file.is_relative_to(folder.resolve()):
            message = f"the source {each['path']} lies outside the solution"
            raise ValueError(message)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(each["content"], encoding="utf-8")
    spec = _key(solved, "spec")
    path, _, name = _key(spec, "entry_point").partition("::")
    destination = bool(spec.get("destination_passing_style", True))
    return {"file": str(folder / path), "name": name, "makers": "", "destination": destination}


def _workload_shapes(
    defined: Mapping[str, Any], workloads: Sequence[Mapping[str, Any]]
) -> list[list[list[int]]]:
    """Return the shapes of the inputs in each workload."""
    axes = _key(defined, "axes")
    fixed = {name: each["value"] for name, each in axes.items() if each.get("type") == "const"}
    found = []
    for workload in workloads:
        lengths = fixed | dict(workload.get("axes", workload))
        inputs = _key(defined, "inputs").values()
        found.append([[lengths[name] for name in each.get("shape") or ()] for each in inputs])
    return found
