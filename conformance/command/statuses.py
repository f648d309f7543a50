"""The exit statuses of all commands, and the status of an error that ends one."""

import traceback

from nnspec.conformance.command import output
from nnspec.conformance.terms.files import reason

CONFORMING, BREAKING, UNDECIDED, FAILED = 0, 1, 2, 3

# At this level of optimization Python drops docstrings.
WITHOUT_DOCSTRINGS = 2
OPTIMIZED = (
    "python -OO and PYTHONOPTIMIZE=2 drop the docstrings that the suite reads; run it without them"
)

# The first two statuses of each command, in words; the last two are the same for all.
_MEANINGS = {
    "": ("conforms in what was asked, or nothing is wrong", "a MUST failed, or something is wrong"),
    "certify": (
        "conforms in what was asked, or nothing fails that --baseline does not have",
        "a MUST failed, whatever else happened",
    ),
    "merge": ("the whole conforms in what was asked", "a MUST failed, whatever else happened"),
    "verify": ("all that was checked follows from the answers", "a claim does not follow"),
    "compare": ("all libraries are laid beside each other", ""),
    "list": ("listed", ""),
    "explain": ("printed", ""),
    "init": ("written", ""),
    "power": ("all is rejected", "a mistake or an edit survives"),
    "coverage": ("counted, and not under --fail-under", "under --fail-under"),
    "traceability": ("nothing is missing", "something is missing"),
    "site": ("built", ""),
    "completion": ("printed", ""),
    "sweep": ("conforms in what was asked", "an answer breaks a MUST"),
}


def meaning(command: str) -> str:
    """Return the sentence about exit statuses that the help of a command ends with."""
    right, wrong = _MEANINGS[command]
    parts = [f"0 {right}", *([f"1 {wrong}"] if wrong else []), "2 no verdict, or wrong arguments"]
    failed = "3 the tool failed: an error of its own, a disk, a closed pipe, python -OO"
    return f"Exit status: {'; '.join([*parts, failed])}."


def of(error: BaseException) -> int:
    """Say on standard error why a command ends, and return its status.

    The message of a refusal or of the system is for the person at the keyboard. Any other error is
    the suite's own, and its frames are what helps.
    """
    if isinstance(error, KeyboardInterrupt):
        output.tell(f"interrupted by {error}" if str(error) else "interrupted")
        return UNDECIDED
    refused = isinstance(error, _refusals())
    if refused or isinstance(error, _failures()):
        output.tell(error)
    elif isinstance(error, OSError):
        output.tell(f"{error.filename}: {reason(error)}" if error.filename else reason(error))
    else:
        traceback.print_exception(error)
        output.tell("that is an error of the suite, and no verdict")
    return UNDECIDED if refused else FAILED


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors that say what is wrong with the arguments or with what they name."""
    from nnspec.conformance.command.site.build import PublishingError
    from nnspec.conformance.run.plan import UnknownSelectionError
    from nnspec.conformance.run.reach import LinesError
    from nnspec.conformance.run.report import ReportError
    from nnspec.conformance.run.shares import SharingError
    from nnspec.conformance.search.campaign import SweepError
    from nnspec.conformance.search.journal import JournalError
    from nnspec.conformance.sources.description import AdapterError
    from nnspec.conformance.terms.files import FileError
    from nnspec.conformance.terms.operations import UnknownClauseError

    return (
        AdapterError,
        FileError,
        JournalError,
        LinesError,
        PublishingError,
        ReportError,
        SharingError,
        SweepError,
        UnknownClauseError,
        UnknownSelectionError,
    )


def _failures() -> tuple[type[Exception], ...]:
    """Return the errors of the tool itself whose message says all that there is to say."""
    from nnspec.conformance.run.job import JobError
    from nnspec.conformance.terms.files import WritingError
    from nnspec.spec import SpecificationError

    return JobError, SpecificationError, WritingError
