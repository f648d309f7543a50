"""`nnspec.check`: one function is judged as one operation, and the verdict says what it is."""

import math
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nnspec.conformance.interface import calls, gate, isolation, subjects, twins
from nnspec.conformance.interface.failing import ClauseFailed, exception, first_told
from nnspec.conformance.interface.seeds import seed as seed_of
from nnspec.conformance.interface.shapes import Shape, chosen
from nnspec.conformance.interface.shapes import planned as in_shapes
from nnspec.conformance.interface.signatures import SignatureError, is_autograd
from nnspec.conformance.interface.subjects import Subject
from nnspec.conformance.interface.verdict import NoVerdict, Verdict
from nnspec.conformance.judge import judge
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import failures, folding
from nnspec.conformance.run import plan, record
from nnspec.conformance.run.diagnoses import Diagnosis
from nnspec.conformance.run.record import NONE, Record, Result
from nnspec.conformance.run.run import run, undisturbed
from nnspec.conformance.sources.description import AdapterError, Source
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.operations import UnknownClauseError
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, FAILURES, VACUOUS

Selections = str | Iterable[str] | None


def check(
    function: Any,
    operation: str,
    *,
    dtypes: Selections = None,
    only: Selections = None,
    shapes: Any = None,
    seed: int | str | None = None,
    isolate: bool = False,
    budget: float | None = None,
    backward: bool = False,
    arrays: str | None = None,
    device: str | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> Verdict:
    """Judge a function as an operation of the specification; the verdict is true if it conforms.

    `function` is called as the operation is, `softmax(x, axis=-1)`: with NumPy arrays, torch
    tensors, JAX arrays, or those of a library with the array API. `arrays` says which, for example
    "torch"; otherwise its type, annotation or code tells it, or its first call. It may be an
    `nn.Module` or an autograd function, and what holds a function of the operation's name: a
    module, class or object, a path or a name as `conformance certify` takes them.

    `backward` judges the derivative too, by `torch.autograd` or `jax.vjp`. `dtypes` and `only`
    select cases. `shapes` adds inputs in shapes of your choice: `[(128, 50257)]`. `seed` decides
    the drawn inputs: a number, or "fresh". `isolate` asks in a process of its own, for code that
    nobody trusts, and `budget` ends that after so many seconds: what is left is told. `device` is
    that of torch tensors. `fixed` says the values of parameters that the function does not take:
    `{"axis": -1}`.

    Raises NoVerdict if nothing is decided, ValueError if an argument names nothing.
    """
    isolation.expect_outside()
    subjects.operation_of(operation)
    if budget is not None and not isolate:
        message = "a budget ends a process of its own: isolate=True"
        raise ValueError(message)
    seconds = _seconds(budget)
    selection = {"dtypes": listed(dtypes), "only": listed(only), "seed": seed_of(seed)}
    extra = chosen(shapes)
    said = {
        "isolate": isolate,
        "backward": backward,
        "dtypes": selection["dtypes"],
        "seed": selection["seed"],
        "shapes": extra,
        "arrays": arrays,
        "device": device,
        "fixed": dict(fixed or {}),
    }
    options = {each: value for each, value in said.items() if value}
    written = _written(function, sys._getframe(1))  # noqa: SLF001
    handed = _Handed(function, operation, written, options)
    apart = isolate and isinstance(function, (str, os.PathLike))
    subject = None if apart else _subject(function, operation, said)
    if isolate:
        return _apart(handed, said, selection, extra, subject, seconds)
    assert subject is not None  # noqa: S101  it is asked here
    planned = planned_of(subject, selection, extra)
    source = InProcess(subject, description=subject.description)
    with quiet(), undisturbed():
        found = finished(run(planned, source), selection)
        found = with_smaller(found, planned, source)
        return _verdict(found, planned, _told(handed, subject), source)


@dataclass(frozen=True)
class _Handed:
    """What was handed over, the operation, how the caller writes it, and the options given."""

    function: Any
    operation: str
    written: str
    options: Mapping[str, Any]


def _told(handed: _Handed, subject: Subject) -> "_Told":
    written = handed.written or subject.name
    # A path stands in quotes, and a call needs the name of the function.
    name = subject.name if isinstance(handed.function, (str, os.PathLike)) else written
    return _Told(
        handed.operation,
        subject,
        name,
        written,
        handed.options,
        of_class=isinstance(handed.function, type),
    )


def asked_apart(
    path: str,
    operation: str,
    *,
    keeps: Callable[[Planned], bool],
    fixed: Mapping[str, Any],
    dtypes: Sequence[str] = (),
    shapes: Sequence[Shape] = (),
    seed: int = 0,
    budget: float | None = None,
) -> Verdict:
    """Judge a function of torch tensors by its path, in the cases that somebody keeps."""
    selection = {"dtypes": tuple(dtypes), "only": (), "seed": seed}
    said = {"isolate": True, "backward": False, "dtypes": selection["dtypes"], "seed": seed}
    said |= {"shapes": list(shapes), "arrays": "torch", "device": None, "fixed": dict(fixed)}
    options = {each: value for each, value in said.items() if value}
    handed = _Handed(path, operation, repr(path), options)
    return _apart(handed, said, selection, shapes, None, _seconds(budget), keeps)


def _apart(
    handed: _Handed,
    said: Mapping[str, Any],
    selection: Mapping[str, Any],
    extra: Sequence[Shape],
    subject: Subject | None,
    budget: float,
    keeps: Callable[[Planned], bool] = lambda _: True,
) -> Verdict:
    """Return the verdict on a function in a process of its own."""

    def planning(found: Subject) -> list[Planned]:
        planned = planned_of(found, selection, extra, distrusted=True)
        return [each for each in planned if keeps(each)]

    try:
        gate.expect_untouched(handed.function)
        judged = gate.judged(
            handed.function,
            handed.operation,
            said,
            planning,
            subject=subject,
            budget=budget,
        )
        gate.expect_untouched(handed.function)
    except (AdapterError, SignatureError) as error:
        raise NoVerdict(str(error)) from None
    found, told = finished(judged.record, selection), _told(handed, judged.subject)
    verdict = _verdict(found, judged.planned, told, None)
    return replace(verdict, spent=judged.spent, left=judged.left, refused=judged.refused)


def _seconds(budget: float | None) -> float:
    """Return a budget in seconds, 0 for none; raises ValueError if it is no time."""
    if budget is None:
        return 0.0
    if isinstance(budget, bool) or not 0 < float(budget) < math.inf:
        message = f"a budget is a number of seconds above 0; got {budget!r}"
        raise ValueError(message)
    return float(budget)


@contextmanager
def quiet() -> Iterator[None]:
    """Let NumPy say nothing of overflow, and PyTorch use one thread, inside the block.

    Inputs at the ends of a format are asked on purpose. Threads of small arrays wait for one
    another.
    """
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch is not None else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if torch is not None:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch is not None:
                torch.set_num_threads(threads)


def listed(said: Selections) -> tuple[str, ...]:
    """Return a selection as a tuple; one text may stand alone."""
    return (said,) if isinstance(said, str) else tuple(said or ())


def planned_of(
    subject: Subject,
    selection: Mapping[str, Any],
    extra: Sequence[Shape] = (),
    *,
    distrusted: bool = False,
) -> list[Planned]:
    """Return the cases of a subject's operations, and those in `extra` shapes.

    A subject that nobody trusts has calls that differ from the one before in a place of a draw.

    Raises ValueError if a selection names none.
    """
    only, offered = selection["only"], tuple(subject.functions)
    dtypes = selection["dtypes"] or subject.description.dtypes
    try:
        found = plan.plan(subject.description, **{**selection, "only": offered})
        for name in offered if extra else ():
            found += in_shapes(extra, name, dtypes, subject.description, selection["seed"])
        for name in offered if distrusted else ():
            found += twins.planned(name, dtypes, subject.description, selection["seed"])
        if only and not (found := plan.selected(found, only)):
            # It says what there is.
            plan.plan(subject.description, **selection)
    except (plan.UnknownSelectionError, UnknownClauseError) as error:
        raise ValueError(str(error)) from None
    if not found:
        message = f"{', '.join(only or offered)} names no case of {', '.join(offered)}"
        raise ValueError(message)
    # A run judges an operation in one dtype after the other.
    order = [*dtypes, None]
    return sorted(found, key=lambda each: (offered.index(each.operation), order.index(each.dtype)))


@dataclass(frozen=True)
class _Told:
    """What a verdict says of the call of `check`: the names, and the options that were given."""

    operation: str
    subject: Subject
    name: str
    written: str
    options: Mapping[str, Any]
    of_class: bool = False

    @property
    def called(self) -> str:
        """The name of the function in a call of it."""
        made = f"{self.name}()" if self.of_class else self.name
        return f"{made}.{self.operation}" if self.subject.held else self.name

    def only(self, identifier: str) -> str:
        """Return the call that judges one case again."""
        said = [f"{name}={value!r}" for name, value in self.options.items()]
        asked = ", ".join([self.written, repr(self.operation), *said, f"only={identifier!r}"])
        return f"nnspec.check({asked})"

    def inputs(self, identifier: str) -> str:
        """Return the arguments of `nnspec.inputs` that give the arguments of a case."""
        kept = {name: self.options[name] for name in ("seed", "shapes") if name in self.options}
        return ", ".join([repr(identifier), *(f"{name}={value!r}" for name, value in kept.items())])


def _subject(function: Any, operation: str, said: Mapping[str, Any]) -> Subject:
    """Return what is judged; raises NoVerdict if it cannot be loaded, or called as it must be."""
    how = {name: said[name] for name in ("dtypes", "backward", "fixed", "arrays", "device")}
    try:
        return subjects.of_operation(function, operation, **how)
    except (AdapterError, SignatureError) as error:
        raise NoVerdict(folding.plain(str(error))) from None


def finished(found: Record, selection: Mapping[str, Any]) -> Record:
    """Return a record whose header says how its plan was made."""
    header = {**found.header, **record.repeated_by(selection, "nnspec.check")}
    return replace(found, header=header)


def with_smaller(found: Record, planned: Sequence[Planned], source: Source) -> Record:
    """Return a record with smaller cases beside failing ones that were drawn."""
    if not any(each.failed for each in found.results):
        return found
    # A search loads Hypothesis, and failures alone need one.
    from nnspec.conformance.search import smaller  # noqa: PLC0415

    if not smaller.due(found):
        return found
    return smaller.smaller(planned, source, found, seed=found.header["seed"])


def _verdict(
    found: Record, planned: Sequence[Planned], told: _Told, source: InProcess | None
) -> Verdict:
    """Return the verdict of a record; raises NoVerdict if nothing was decided."""
    rerun = tuple(
        replace(each, rerun=told.only(each.id)) if each.rerun else each for each in found.results
    )
    found = replace(found, results=rerun)
    must = {each.outcome for each in found.results if each.level == "MUST"}
    if not must & {CONFORMS, *FAILURES} or (found.verdict == NONE and not must & {*FAILURES}):
        raise NoVerdict(_undecided(found, told), found)
    by_id = {each.id: each for each in planned}
    failed = [each for each in found.results if each.outcome in FAILURES]
    call = ""
    if failed:
        first = first_told(failed, found.diagnoses)
        call = "\n".join([told.only(first.id), *_lines(first, by_id, told, source)])
    return Verdict(
        operation=told.operation,
        function=told.called,
        place=told.subject.place,
        arrays=_arrays(told.subject, here=source is not None),
        call=call,
        record=found,
        raising=partial(_error, failed, found.diagnoses, by_id, told.subject, source),
    )


def _undecided(found: Record, told: _Told) -> str:
    """Say why nothing was decided."""
    absent = [each.message for each in found.results if each.outcome == ABSENT]
    why = [*found.objections]
    if absent and len(absent) == len(found.results):
        why = [max(set(absent), key=absent.count)]
    erred = [each.message for each in found.results if each.outcome == VACUOUS]
    why += erred[:1] or (["no MUST clause was judged"] if not why else [])
    return f"{told.called}: no verdict on {told.operation}: {'; '.join(why)}"


def _lines(
    first: Result, by_id: Mapping[str, Planned], told: _Told, source: InProcess | None
) -> list[str]:
    """Return the lines that make the failing call: the last one of its case, asked once more."""
    function, planned = told.subject.functions[first.operation], by_id[first.id]
    if told.of_class and not told.subject.held and not function.bare:
        # An optimizer is no function that could be called with these arguments.
        return []
    asked: tuple[Sequence[Any], Mapping[str, Any]] = planned.case.arguments, planned.case.parameters
    if source is not None:
        judge.attempt(planned, source)
        asked = function.last or asked
    return [calls.lines(calls.Asked(function, told.called, *asked, told.inputs(first.id)))]


def _error(
    failed: Sequence[Result],
    diagnoses: Sequence[Diagnosis],
    by_id: Mapping[str, Planned],
    subject: Subject,
    source: InProcess | None,
) -> BaseException | None:
    """Return the exception of a verdict, None if nothing fails."""
    denying = [each for each in failed if each.level == "MUST"]
    if not denying:
        return None
    if source is None:
        return ClauseFailed(failures.text(failed, diagnoses), failed, diagnoses)
    with quiet():
        return exception(denying, diagnoses, by_id, subject, source)


def _arrays(subject: Subject, *, here: bool) -> str:
    """Say which arrays a subject was given, how that was found out, and how it is called."""
    first = next(iter(subject.functions.values()))
    tried = "NumPy arrays" if here else "the arrays that its first call answers, in its process"
    given = first.library.words if first.library is not None else tried
    parts = [f"{given} ({first.found})" if first.found else given, first.signature.words]
    return "; ".join(part for part in parts if part)


def _written(function: Any, frame: types.FrameType) -> str:
    """Return how the caller writes a function: by a name, or a path; "" if it has none."""
    if isinstance(function, (str, os.PathLike)):
        return repr(os.fspath(function))
    if isinstance(function, types.ModuleType):
        return ""
    if is_autograd(function):
        return f"{function.__name__}.apply"
    names = {**frame.f_globals, **frame.f_locals}
    own = next((name for name, value in names.items() if value is function), "")
    inner = getattr(function, "__name__", "")
    modules = (name for name, value in names.items() if isinstance(value, types.ModuleType))
    held = (name for name in modules if inner and getattr(names[name], inner, None) is function)
    return own or next((f"{name}.{inner}" for name in held), "")
