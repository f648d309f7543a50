"""Shares a plan among processes of this machine; the record is that of a single process.

Each job has its own process of the adapter. One job judges an operation in all dtypes: it counts
the deaths and time-outs, and explains the failures, as a single process does.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, Self

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan, record, shares
from nnspec.conformance.run.diagnoses import diagnoses
from nnspec.conformance.run.job import JobError, Order, Part, RecordedCall
from nnspec.conformance.run.processes import JudgingProcess
from nnspec.conformance.run.record import Interrupted, Record
from nnspec.conformance.run.run import Progress
from nnspec.conformance.sources.description import AdapterError, Description
from nnspec.conformance.sources.noticed import heading, together
from nnspec.conformance.sources.recorded import Answers
from nnspec.conformance.terms.files import WritingError
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of

# A job searches for modules in the same folders as this process, so that no module of the user
# replaces one of ours.
_JOB = (
    "import sys; sys.path[:] = sys.argv[3:]; del sys.argv[3:]; "
    "from nnspec.conformance.run.job import main; main()"
)

# An operation is begun at most so often. If the system kills a job because memory is short, the
# next attempt has more memory.
_BEGUN = 2


class _Found(NamedTuple):
    """The part that a job sent for an operation in a dtype, and the file of the job's replies."""

    part: Part
    replies: BinaryIO


_Key = tuple[str, str | None]


class Jobs:
    """The processes that judge operations, each with its own process of the adapter.

    The adapter has the same `description` in all of them.
    """

    def __init__(self, order: Order, count: int) -> None:
        self._order = order
        self._jobs: list[_Job] = []
        self._replies: list[BinaryIO] = []
        names = plan.operations_selected(order.selection["only"])
        self._begun = Counter[str]()
        self._done: dict[_Key, _Found] = {}
        self._lost: list[str] = []
        try:
            for _ in range(count):
                self._start()
            # This process loads the checks while the jobs start.
            plan.checks()
            self.description, *others = [job.description() for job in self._jobs]
            _agreeing(self.description, others)
            # The jobs begin before the caller has made the plan. Operations that the adapter
            # offers come first: they take longest.
            if (part := order.selection.get("part")) is not None:
                names = shares.share(names, self.description.operations, part)
            self._waiting = _dearest_first(names)
            self._waiting.sort(key=lambda name: name not in self.description.operations)
            self._began = record.now()
            self._employ()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        for job in self._jobs:
            job.connection.close()
        for job in self._jobs:
            job.ended()
        for file in self._replies:
            file.close()

    def run(
        self,
        planned: Sequence[Planned],
        answers: BinaryIO | None = None,
        progress: Progress = lambda _: None,
    ) -> Record:
        """Judge every planned case, and return the record that `run.run` would.

        The answers go into the file if there is one. The cases of an operation that killed its job
        each time are not accounted for. Raises JobError if the jobs judged other cases than the
        planned ones, and Interrupted if a signal ends the run.
        """
        try:
            self._find(_Told(planned, progress))
        except KeyboardInterrupt as interrupt:
            partly = self._record(planned, answers, record.interruption(interrupt))
            raise Interrupted(str(interrupt), partly) from None
        return self._record(planned, answers, "; ".join(self._lost))

    def _record(self, planned: Sequence[Planned], answers: BinaryIO | None, ended: str) -> Record:
        """Return the record of all that the jobs have done, and write their answers."""
        keys = dict.fromkeys((each.operation, each.dtype) for each in planned)
        found = [self._done[key] for key in keys if key in self._done]
        results = tuple(result for each in found for result in each.part.results)
        due = [
            each.id for each in planned if (each.operation, each.dtype) in self._done or not ended
        ]
        if [each.id for each in results] != due:
            message = (
                "the jobs judged other cases than the planned ones: "
                f"{len(results)} were judged and {len(due)} planned"
            )
            raise JobError(message)
        smoke = [problem for each in found for problem in each.part.smoke]
        drawn = [picture for each in found for picture in each.part.pictures]
        told = diagnoses(each for part in found for each in part.part.explained)
        finished = record.finish(
            planned, self.description, results, drawn, smoke, self._began, told, ended
        )
        noticed = heading(together(each.part.noticed for each in found))
        repeated = record.repeated_by(self._order.selection, self._order.command)
        header = {**finished.header, **noticed, **repeated}
        if answers is None:
            return replace(finished, header=header)
        written = Answers(answers, record.identified(self.description, planned) | repeated)
        # As in a single process, all calls of the smoke step come before all others.
        listed = [(each.replies, each.part.first_calls) for each in found] + [
            (each.replies, each.part.calls) for each in found
        ]
        for replies, calls in listed:
            for call in calls:
                written.put(
                    call.operation, call.request, call.digest, partial(_reply, replies, call)
                )
        answered = written.close()
        if answered:
            called = {} if ended else self._called(keys)
            told_of = shares.heading(self._order.selection, answered, called)
            return replace(finished, header=header | told_of)
        return replace(finished, header=header | {"ended": ended or written.problem})

    def _called(self, keys: Iterable[_Key]) -> dict[str, list[int]]:
        """Return of each operation how many calls its first step made, and how many its cases."""
        called: dict[str, list[int]] = {}
        for operation, dtype in keys:
            part = self._done[operation, dtype].part
            first, cases = called.get(operation, [0, 0])
            called[operation] = [first + len(part.first_calls), cases + len(part.calls)]
        return {name: counts for name, counts in called.items() if any(counts)}

    def _find(self, progress: "_Told") -> None:
        """Give all operations to jobs, and keep the outcome of each operation and dtype."""
        while self._employ():
            for job in _heard(self._jobs):
                try:
                    came = job.connection.recv()
                except (EOFError, OSError):
                    self._lose(job)
                    continue
                if isinstance(came, WritingError):
                    raise came
                if isinstance(came, JobError):
                    job.problem = str(came)
                elif isinstance(came, list):
                    self._begun[job.operation] += not job.begun
                    job.begun = True
                    progress.judged(came)
                else:
                    self._done |= {
                        (job.operation, dtype): _Found(part, job.replies)
                        for dtype, part in came.items()
                    }
                    job.operation = ""

    def _employ(self) -> bool:
        """Give the next operations to idle jobs, and say whether any job has work."""
        # A job that ended between two operations must not get the next one.
        for job in [each for each in self._jobs if not each.operation and each.over]:
            self._jobs.remove(job)
            job.ended()
        if self._waiting and not self._jobs:
            self._start().description()
        for job in self._jobs:
            if self._waiting and not job.operation:
                job.begin(self._next(job))
        return any(job.operation for job in self._jobs)

    def _next(self, job: "_Job") -> str:
        """Pick the next operation of a job: one job keeps all optimizers as long as it can.

        A library may load much code for optimizers, in each process that runs one.
        """
        somebody = any(each.steps for each in self._jobs)
        best = min(self._waiting, key=lambda name: _steps(name) != (job.steps or not somebody))
        self._waiting.remove(best)
        return best

    def _lose(self, job: "_Job") -> None:
        """Put the operation of a dead job back.

        It is lost if as many jobs have begun it. A job that was dead before it read the operation
        has not.
        """
        self._jobs.remove(job)
        ending, operation = job.ended(), job.operation
        if self._begun[operation] < _BEGUN:
            self._waiting.insert(0, operation)
            return
        self._lost.append(
            f"{_BEGUN} jobs ended in the middle of {operation}, the last one by "
            f"{job.problem or ending}; if memory is short, try fewer --jobs"
        )

    def _start(self) -> "_Job":
        job = _Job(self._order)
        self._jobs.append(job)
        # The replies are read at the end, even if this job has died by then.
        self._replies.append(job.replies)
        return job


class _Job(JudgingProcess):
    """A process that judges operations, one at a time.

    `operation` is the one that it judges now, or empty, and `begun` says that it has reported on
    it. `steps` says that it has had an optimizer, `problem` which error of the suite ended it.
    """

    def __init__(self, order: Order) -> None:
        self.operation, self.begun, self.steps, self.problem = "", False, False, ""
        self.replies: BinaryIO = TemporaryFile()  # noqa: SIM115  closed with all others
        super().__init__(_JOB, self.replies.fileno())
        self.send(order)

    def description(self) -> Description:
        """Return the adapter's description of itself.

        Raises AdapterError if the adapter cannot be loaded, and JobError if the job has died.
        """
        try:
            came = self.connection.recv()
        except (EOFError, OSError):
            message = f"a job ended before it had any work: {self.ended()}"
            raise JobError(message) from None
        if isinstance(came, (AdapterError, JobError)):
            raise came
        described: Description = came
        return described

    def begin(self, operation: str) -> None:
        """Send the process an operation to judge."""
        self.operation, self.begun = operation, False
        self.steps |= _steps(operation)
        self.send(operation)

    @property
    def over(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None


class _Told:
    """Reports each case once, even if a second job judges its operation again."""

    def __init__(self, planned: Sequence[Planned], progress: Progress) -> None:
        self._left, self._progress = {each.id: each for each in planned}, progress

    def judged(self, identifiers: Sequence[str]) -> None:
        """Report the cases that were not reported before."""
        for identifier in identifiers:
            if identifier in self._left:
                self._progress(self._left.pop(identifier))


def _dearest_first(operations: Sequence[str]) -> list[str]:
    """Sort the operations, the longest first, so that no long one is left for the end.

    Operations with callbacks take longest, then those with the most clauses.
    """
    clauses = Counter(
        operation
        for identifier in plan.checks()
        for operation in operations_of(clause_of(identifier))
    )
    return sorted(operations, key=lambda name: (not OPERATIONS[name].callbacks, -clauses[name]))


def _steps(operation: str) -> bool:
    """Say whether an operation is a step of an optimizer."""
    return OPERATIONS[operation].trains


def _heard(jobs: Sequence[_Job]) -> list[_Job]:
    """Wait until a job sends a message or ends, and return all jobs that did."""
    heard: list[Any] = wait([job.connection for job in jobs if job.operation])
    return [job for job in jobs if job.connection in heard]


def _agreeing(description: Description, others: Sequence[Description]) -> None:
    """Raise AdapterError if an adapter describes itself otherwise in another process."""
    if any(other != description for other in others):
        message = (
            f"{description.name} describes itself otherwise in each process, and they cannot "
            "share a plan: certify it with --jobs 1"
        )
        raise AdapterError(message)


def _reply(replies: BinaryIO, call: RecordedCall) -> bytes:
    return os.pread(replies.fileno(), call.size, call.place)
