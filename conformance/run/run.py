"""Carries a plan out: one result for every planned case, whatever the adapter does."""

import gc
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any, BinaryIO

from nnspec.conformance.judge import diagnosis, judge
from nnspec.conformance.judge.again import answers
from nnspec.conformance.judge.breaks import whole_input
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.judge.implementation import Implementation
from nnspec.conformance.judge.judge import Attempt
from nnspec.conformance.judge.trial import Trial
from nnspec.conformance.run import pictures, record, shares
from nnspec.conformance.run.diagnoses import Explained, diagnoses
from nnspec.conformance.run.record import Interrupted, Record, Result
from nnspec.conformance.sources.description import Call, Source
from nnspec.conformance.sources.noticed import heading, noticed
from nnspec.conformance.sources.recorded import Answers
from nnspec.conformance.sources.recording import Recording, settle
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.outcomes import (
    ABSENT,
    BREAKS,
    FAILURES,
    Absent,
    Died,
    Ended,
    TimedOut,
    unnumbered,
)

# After so many deaths and time-outs of an operation, its remaining cases are not run.
PATIENCE = 3

# So many different tracebacks, or last words of processes, are kept for an operation in a dtype.
_KEPT = 5

# Allocations between two looks for garbage; Python's own number is 700.
_ALLOCATIONS = 200_000

Progress = Callable[[Planned], None]
Witness = Callable[[Planned, Attempt], None]


def run(
    planned: Sequence[Planned],
    source: Source,
    answers: BinaryIO | None = None,
    *,
    selection: Mapping[str, Any] | None = None,
    command: str = "conformance certify",
    progress: Progress | None = None,
    witness: Witness | None = None,
) -> Record:
    """Judge every planned case.

    A rerun line begins with `command`; `progress` is called after each case. `witness` is called
    with the case and its attempt, after the last case of the operation in a dtype. If there is a
    file for the answers, they are written as they come, and the record names that file and its
    SHA-256. The plan was made with `selection`: the `dtypes`, `only` and `seed` of `plan`.
    """
    began = record.now()
    repeated = record.repeated_by(selection or {}, command)
    written: Answers | None = None
    if answers is not None:
        written = Answers(answers, record.identified(source.description, planned) | repeated)
        source = Recording(source, written.add, repeated["seed"])
    calls = shares.Calls(lambda: written.calls if written is not None else _replayed(source))
    fatal: dict[str, list[str]] = defaultdict(list)
    smoke: list[dict[str, Any]] = []
    drawn: list[pictures.Picture] = []
    explained: list[Explained] = []
    judged: list[Result] = []

    def finished(ended: str = "") -> Record:
        told = diagnoses(explained)
        answered = written.close() if written is not None else {}
        ended = ended or (written.problem if written is not None else "")
        made = record.finish(
            planned, source.description, tuple(judged), drawn, smoke, began, told, ended
        )
        told_of = shares.heading(selection or {}, answered, {} if ended else calls.found)
        return replace(
            made, header={**made.header, **heading(noticed(source)), **repeated, **told_of}
        )

    operations = [list(group) for _, group in groupby(planned, key=lambda each: each.operation)]
    try:
        for group in operations:
            smoke += smoked(group, source, fatal)
            calls.note(group[0].operation)
        for group in operations:
            results(
                group,
                source,
                command=command,
                progress=progress,
                witness=witness,
                fatal=fatal,
                misfits={(each["operation"], each["dtype"]) for each in smoke},
                drawn=drawn,
                explained=explained,
                found=judged,
            )
            calls.note(group[0].operation)
    except KeyboardInterrupt as interrupt:
        partly = finished(record.interruption(interrupt))
        raise Interrupted(str(interrupt), partly) from None
    return finished()


def _replayed(source: Source) -> int:
    """Return how many recorded calls a source has played again; others play none."""
    return int(getattr(source, "played", 0))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Python seldom look for garbage inside the block: the many cases and results live long."""
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def results(
    planned: Sequence[Planned],
    source: Source,
    *,
    command: str,
    progress: Progress | None = None,
    witness: Witness | None = None,
    fatal: dict[str, list[str]] | None = None,
    misfits: Container[tuple[str, str | None]] = (),
    drawn: list[pictures.Picture] | None = None,
    explained: list[Explained] | None = None,
    found: list[Result] | None = None,
) -> tuple[Result, ...]:
    """Judge every planned case and diagnose the failures.

    The results of an operation in a dtype are added to `found`, if there is one, when it is judged.
    `fatal` holds the deaths and time-outs of each operation so far. The `misfits` are operations
    that failed in a dtype before any mathematics: no formula explains them, so that they are not
    diagnosed. The pictures of the answers are added to `drawn`, and explanations to `explained`.
    """
    fatal = defaultdict(list) if fatal is None else fatal
    found = [] if found is None else found
    cases: dict[str, list[Planned]] = defaultdict(list)
    for each in planned:
        cases[each.operation].append(each)
    for key, grouped in groupby(planned, key=lambda each: (each.operation, each.dtype)):
        group = list(grouped)
        source.foresee([call for each in group for call in _first_calls(each)])
        attempts = [(each, _patiently(each, source, fatal, progress)) for each in group]
        attempts = with_inputs(told_once(attempts))
        explanations = [] if key in misfits else diagnosis.explain(attempts, cases=cases[key[0]])
        inaccurate = any(
            each.clause.id == f"{each.operation}/accuracy" and ended.outcome == BREAKS
            for each, ended in attempts
        )
        found.extend(
            result_of(each, ended, source, explanations, command, inaccurate=inaccurate)
            for each, ended in attempts
        )
        if witness is not None:
            for each, ended in attempts:
                witness(each, ended)
        if drawn is not None:
            drawn.extend(pictures.pictures(attempts))
        if explained is not None:
            failing = sum(ended.outcome in FAILURES for _, ended in attempts)
            explained.append(Explained(*key, failing, tuple(explanations)))
    return tuple(found)


def with_inputs(attempts: Sequence[tuple[Planned, Attempt]]) -> list[tuple[Planned, Attempt]]:
    """Return attempts in which the smallest case of each missing answer has its input.

    Messages that differ in numbers alone are one.
    """
    smallest: dict[tuple[str, str], Planned] = {}
    for planned, ended in attempts:
        if ended.outcome in FAILURES and "truth" not in ended.details:
            kind = ended.outcome, unnumbered(ended.message)
            smallest[kind] = min(smallest.get(kind, planned), planned, key=_level_and_size)
    chosen = {planned.id for planned in smallest.values()}
    return [
        (planned, replace(ended, details={**ended.details, "input": whole_input(planned.case)}))
        if planned.id in chosen
        else (planned, ended)
        for planned, ended in attempts
    ]


def _level_and_size(planned: Planned) -> tuple[str, int]:
    return planned.clause.level, diagnosis.size(planned)


def told_once(attempts: Sequence[tuple[Planned, Attempt]]) -> list[tuple[Planned, Attempt]]:
    """Return attempts in which each traceback stands once, and few different ones.

    An operation that raises does so in thousands of cases, and a record keeps every case.
    """
    first: dict[str, str] = {}
    found = []
    for planned, attempt in attempts:
        details = dict(attempt.details)
        for name in details.keys() & {"traceback", "stderr"}:
            words = unnumbered(str(details[name]))
            if words in first:
                details[name] = f"as in {first[words]}"
            elif len(first) < _KEPT:
                first[words] = planned.id
            else:
                details[name] = f"left out: {_KEPT} others are told"
        told = attempt if details == attempt.details else replace(attempt, details=details)
        found.append((planned, told))
    return found


def result_of(
    planned: Planned,
    ended: Attempt,
    source: Source,
    explanations: Sequence[diagnosis.Explanation],
    command: str,
    *,
    inaccurate: bool = False,
) -> Result:
    """Return the result of a case; a failure is given its diagnosis and the line that repeats it.

    If the operation is `inaccurate` anyway, a wrong answer elsewhere does not show that layout,
    length or shape spoiled it.
    """
    failed = ended.outcome in FAILURES
    accounting = [each for each in explanations if failed and planned.id in each.cases]
    best = accounting[0] if accounting else None
    expected = source.description.expected(planned.clause.id, planned.operation) if failed else ""
    elsewhere = (
        inaccurate
        and planned.clause.operation == planned.clause.page
        and _of_answer(ended.details.get("quantity", ""), planned.operation)
    )
    failure = (
        f"An answer is wrong as in {planned.operation}/accuracy."
        if elsewhere
        else planned.clause.fails
    )
    return Result(
        clause=planned.clause.id,
        level=planned.clause.level,
        operation=planned.operation,
        case=planned.case.name,
        dtype=planned.dtype,
        outcome=ended.outcome,
        # The check's sentence describes a wrong value, so it is left out if there was no value.
        message=f"{failure} {ended.message}." if "truth" in ended.details else ended.message,
        details=ended.details,
        diagnosis=tuple(each.name for each in accounting),
        explanation=f"behaves as if: {best.name} ({best.description})" if best else "",
        expected=source.description.expected_failures.get(expected, ""),
        measured=ended.measured,
        compared=ended.compared,
        worst_ulp=ended.worst_ulp,
        worst_ratio=ended.worst_ratio,
        size=diagnosis.size(planned) if failed else 0,
        rerun=f"{command} --only '{planned.id}'" if failed else "",
    )


def _of_answer(quantity: str, operation: str) -> bool:
    """Say whether a compared quantity is an operation's answer, or an array of it: `adam[0][1]`."""
    return quantity.partition("[")[0] == operation


def smoked(
    planned: Sequence[Planned], source: Source, fatal: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Call each planned operation once in each dtype, and return the adapter's own errors.

    They are found before any mathematics.
    """
    problems = []
    # Cases that are asked again first: the answer to the very first call is judged with the others.
    # Then arrays of two dimensions: they show an answer that has lost its shape.
    first: dict[tuple[str, str | None], Planned] = {}
    for each in sorted(
        planned,
        key=lambda each: (
            not each.case.times,
            each.case.deferred
            or each.case.many
            or all(array.ndim <= 1 for array in leaves(each.case.arguments)),
        ),
    ):
        first.setdefault((each.operation, each.dtype), each)
    for operation, dtype in dict.fromkeys((each.operation, each.dtype) for each in planned):
        if operation not in source.description.operations:
            continue
        each = first[operation, dtype]
        if each.altered and judge.refused(each):
            continue
        try:
            once = each.case.changed(times=1, calls=0)
            answers(Trial(Implementation(source, dtype), once, each.clause))
        except Absent:
            continue
        except Ended as ended:
            problems.append({"operation": operation, "dtype": dtype, "message": ended.message})
            if isinstance(ended, (Died, TimedOut)):
                fatal[operation].append(ended.outcome)
        finally:
            settle(source)
    return problems


def _first_calls(planned: Planned) -> list[Call]:
    """Return the calls that nearly every check makes first, if they need no callback.

    The call before another one goes out before it: a cache must have heard it. Many numbers go out
    in a line of their own, so nobody has to foresee them.
    """
    case = planned.case
    if case.many:
        return []
    asks = not (planned.barred or case.times or any(map(_is_callback, case.arguments)))
    asked = [each for each in (case.before, case.arguments) if each is not None]
    return [(case.operation, each, case.parameters) for each in asked] if asks else []


def _is_callback(argument: Any) -> bool:
    return isinstance(argument, Callback)


def _patiently(
    planned: Planned, source: Source, fatal: dict[str, list[str]], progress: Progress | None
) -> Attempt:
    operation = planned.operation
    if operation not in source.description.operations:
        ended = Attempt(ABSENT, f"the adapter offers no {operation}")
    elif len(fatal[operation]) >= PATIENCE:
        ended = Attempt(
            fatal[operation][-1],
            f"not run: {operation} has ended the process or exceeded the time limit {PATIENCE} "
            "times",
        )
    else:
        ended = judge.judge(planned, source)
        if ended.fatal:
            fatal[operation].append(ended.outcome)
    if progress is not None:
        progress(planned)
    return ended
