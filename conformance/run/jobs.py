"""Shares a plan among processes of this machine, an operation at a time, and puts together what a single one would have found.

Each job asks an adapter's process of its own. What belongs to an operation stays together, whatever the dtype: its deaths and time-outs
are counted, and its failures explained, as in a single process, so that record and answers are the same.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Pipe, wait
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, Self

from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.run import plan, record
from nnspec.conformance.run.job import Order, Part, RecordedCall
from nnspec.conformance.run.record import Record
from nnspec.conformance.run.run import Progress
from nnspec.conformance.sources.description import AdapterError, Description
from nnspec.conformance.sources.recorded import Answers
from nnspec.conformance.terms.operations import OPERATIONS, clause_of, operations_of

# A job finds every module where this process does, so that no folder of the user's can take the place of one of ours.
_JOB = "import sys; sys.path[:] = sys.argv[3:]; del sys.argv[3:]; from nnspec.conformance.run.job import main; main()"

# Seconds in which a job that is told to end does so: the adapter's process has one to stop by itself, and another for its last words.
_GRACE = 10.0

# How often an operation is begun: a job may be killed for want of memory, and those that are left then have more of it.
_BEGUN = 2


class JobError(Exception):
    """A job was lost and no other can do its work; the message says which work, and how it ended."""


class _Found(NamedTuple):
    """What a job found of an operation in a dtype, and the file in which it keeps the replies."""

    part: Part
    replies: BinaryIO


_Key = tuple[str, str | None]


class Jobs:
    """Processes that judge operations, each with a process of the `adapter`; `description` is what that says of itself in all of them."""

    def __init__(self, order: Order, count: int) -> None:
        self._order, self.adapter = order, order.adapter
        self._jobs: list[_Job] = []
        self._replies: list[BinaryIO] = []
        self._waiting = _dearest_first(plan.operations_selected(order.selection["only"]))
        self._begun = Counter[str]()
        try:
            for _ in range(count):
                self._start()
            # Meanwhile, what the plan is made of.
            plan.checks()
            self.description, *others = [job.description() for job in self._jobs]
            _agreeing(self.description, others)
            # Nobody waits for the plan, which all are held against in the end: it takes no longer than an operation that is offered.
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
        """Judge every planned case and return what `run.run` would, with the answers in the file where there is one.

        JobError where an operation was lost with its job as often as it was begun.
        """
        by_key = self._found(_Told(planned, progress))
        found = [
            by_key[key]
            for key in dict.fromkeys((each.operation, each.dtype) for each in planned)
            if key in by_key
        ]
        results = tuple(result for each in found for result in each.part.results)
        if [each.id for each in results] != [each.id for each in planned]:
            message = f"the jobs judged other cases than were planned: {len(results)}, where {len(planned)} were"
            raise JobError(message)
        smoke = [problem for each in found for problem in each.part.smoke]
        drawn = [picture for each in found for picture in each.part.pictures]
        finished = record.finish(planned, self.description, results, drawn, smoke, self._began)
        if answers is None:
            return finished
        repeated = record.repeated_by(self._order.selection, self._order.command)
        written = Answers(answers, record.identified(self.description, planned) | repeated)
        # The smoke step of everything comes before everything else.
        listed = [(each.replies, each.part.first_calls) for each in found] + [
            (each.replies, each.part.calls) for each in found
        ]
        for replies, calls in listed:
            for call in calls:
                written.put(
                    call.operation, call.request, call.digest, partial(_reply, replies, call)
                )
        return replace(finished, header={**finished.header, **repeated, "answers": written.close()})

    def _found(self, progress: "_Told") -> dict[_Key, _Found]:
        """Return what came of each operation and dtype."""
        found: dict[_Key, _Found] = {}
        while self._employ():
            for job in _heard(self._jobs):
                try:
                    came = job.connection.recv()
                except (EOFError, OSError):
                    self._lose(job)
                    continue
                if isinstance(came, list):
                    progress.judged(came)
                else:
                    found |= {
                        (job.operation, dtype): _Found(part, job.replies)
                        for dtype, part in came.items()
                    }
                    job.operation = ""
        return found

    def _employ(self) -> bool:
        """Give waiting operations to idle jobs, and say whether any job has work."""
        # A job that ended between two operations would take the next one with it.
        for job in [each for each in self._jobs if not each.operation and each.over]:
            self._jobs.remove(job)
            job.ended()
        if self._waiting and not self._jobs:
            self._start().description()
        for job in self._jobs:
            if self._waiting and not job.operation:
                job.begin(self._next(job))
                self._begun[job.operation] += 1
        return any(job.operation for job in self._jobs)

    def _next(self, job: "_Job") -> str:
        """Return what a job does next: the steps of optimizers are for whoever does such, as long as there is anything else.

        A library may load a good deal for them, once in each process.
        """
        somebody = any(each.steps for each in self._jobs)
        best = min(self._waiting, key=lambda name: _steps(name) != (job.steps or not somebody))
        self._waiting.remove(best)
        return best

    def _lose(self, job: "_Job") -> None:
        """Let another job have the work of one that has ended; JobError where it was begun often enough."""
        self._jobs.remove(job)
        ending, operation = job.ended(), job.operation
        if self._begun[operation] == _BEGUN:
            message = f"{_BEGUN} jobs ended in the middle of {operation}, the last one by {ending}: for want of memory? Try fewer --jobs"
            raise JobError(message)
        self._waiting.insert(0, operation)

    def _start(self) -> "_Job":
        job = _Job(self._order)
        self._jobs.append(job)
        # What a job has written is read when all are done, whether it lives then or not.
        self._replies.append(job.replies)
        return job


class _Job:
    """A process that is given operations to judge, one at a time: `operation` is the one in hand, `steps` says that it had optimizers."""

    def __init__(self, order: Order) -> None:
        self.operation, self.steps = "", False
        self.replies: BinaryIO = TemporaryFile()  # noqa: SIM115  closed with all others
        self.connection, theirs = Pipe()
        handed = theirs.fileno(), self.replies.fileno()
        with theirs:
            # In a session of its own: Ctrl-C at the terminal is for us alone, and the end of the connection for the job.
            self._process = subprocess.Popen(  # noqa: S603  this very program
                [sys.executable, "-c", _JOB, *map(str, handed), *sys.path],
                pass_fds=handed,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._send(order)

    def description(self) -> Description:
        """Return what the adapter says of itself; AdapterError where it cannot be loaded."""
        try:
            came = self.connection.recv()
        except (EOFError, OSError):
            message = f"a job ended before it had any work: {self.ended()}"
            raise JobError(message) from None
        if isinstance(came, AdapterError):
            raise came
        described: Description = came
        return described

    def begin(self, operation: str) -> None:
        """Give the process an operation to judge."""
        self.operation = operation
        self.steps |= _steps(operation)
        self._send(operation)

    @property
    def over(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def ended(self) -> str:
        """Let the process end, and return how it did."""
        self.connection.close()
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"

    def _send(self, message: Order | str) -> None:
        # A process that has ended is noticed where its answer would come from.
        with suppress(OSError):
            self.connection.send(message)


class _Told:
    """Hands on each case once, also where an operation is judged again."""

    def __init__(self, planned: Sequence[Planned], progress: Progress) -> None:
        self._left, self._progress = {each.id: each for each in planned}, progress

    def judged(self, identifiers: Sequence[str]) -> None:
        """Hand on that cases were judged."""
        for identifier in identifiers:
            if identifier in self._left:
                self._progress(self._left.pop(identifier))


def _dearest_first(operations: Sequence[str]) -> list[str]:
    """Return operations in an order in which nobody has to wait for a dear one in the end.

    Dearest is what calls back, which is a conversation, and then what has the most clauses.
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
    """Return the jobs at work that have something to say, or have ended, as soon as there is one."""
    heard: list[Any] = wait([job.connection for job in jobs if job.operation])
    return [job for job in jobs if job.connection in heard]


def _agreeing(description: Description, others: Sequence[Description]) -> None:
    """AdapterError where an adapter says one thing of itself in a process and another in the next."""
    if any(other != description for other in others):
        message = f"{description.name} describes itself otherwise in each process, and they cannot share a plan: certify it with --jobs 1"
        raise AdapterError(message)


def _reply(replies: BinaryIO, call: RecordedCall) -> bytes:
    return os.pread(replies.fileno(), call.size, call.place)
