"""The suite as pytest items: `pytest --pyargs nnspec --adapter torch` runs the plan here.

There is one item for each clause, operation and dtype. NumPy is not imported until a session asks
for the suite, for pytest loads this module in every session.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nnspec.conformance.command.arguments import seed
from nnspec.conformance.command.statuses import OPTIMIZED, WITHOUT_DOCSTRINGS
from nnspec.conformance.interface.settings import Settings, SettingsError, located, project

if TYPE_CHECKING:
    from nnspec.conformance.interface.clauses import Clause, Sitting

# The file that pytest finds for the package; `nnspec::activations::softmax/accuracy[float32]` is an
# item of it.
_SUITE = Path(__file__).parent.with_name("suite.py")
_ID = "nnspec"

# An operation's name is no longer than that in the line that lists those that are absent.
_LISTED = 6


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --adapter, --adapter-dtype and --adapter-seed, and the ini option `adapter`."""
    group = parser.getgroup("nnspec", "conformance of neural-network mathematics")
    group.addoption(
        "--adapter",
        metavar="ADAPTER",
        help="adapter to judge: a bundled name, ./path.py, or package.module:object; otherwise the "
        "variable CONFORMANCE_ADAPTER, [tool.nnspec] in pyproject.toml or the ini option names it",
    )
    group.addoption(
        "--adapter-dtype",
        action="append",
        default=[],
        metavar="DTYPE",
        help="judge this dtype only (repeatable)",
    )
    group.addoption(
        "--adapter-seed",
        type=seed,
        default=None,
        metavar="S",
        help="seed of the inputs that are drawn: a number (default 0), or fresh",
    )
    parser.addini("adapter", "adapter to judge where nothing else names one")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the ledger of the session, and let the ids of items be arguments.

    Raises UsageError for the name that the suite had, unless the user has a package of that name.
    """
    if (
        config.getoption("pyargs")
        and "conformance" in config.invocation_params.args
        and find_spec("conformance") is None
    ):
        raise pytest.UsageError(
            "the suite is imported as nnspec: pytest --pyargs nnspec --adapter ADAPTER"
        )
    config.args[:] = [
        f"{_SUITE}{each.removeprefix(_ID)}" if each.startswith(f"{_ID}::") else each
        for each in config.args
    ]
    config.pluginmanager.register(Ledger(config), "nnspec-ledger")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "Suite | None":
    """Collect the plan where pytest comes across the suite's own folder."""
    if file_path == _SUITE:
        return Suite.from_parent(parent, path=file_path, name=_ID, nodeid=_ID)
    return None


class Suite(pytest.File):
    """The plan for one adapter."""

    def collect(self) -> Iterator["Page"]:
        """Yield the pages of the specification whose clauses judge the adapter.

        Raises UsageError if no adapter is named, if it cannot be loaded, or if it offers nothing.
        """
        # A session without the suite does not pay for these.
        from nnspec.conformance.interface.check import planned_of  # noqa: PLC0415
        from nnspec.conformance.interface.clauses import sitting  # noqa: PLC0415
        from nnspec.conformance.interface.subjects import of_glossary  # noqa: PLC0415
        from nnspec.conformance.reports.printing import block  # noqa: PLC0415
        from nnspec.conformance.sources.description import AdapterError  # noqa: PLC0415
        from nnspec.conformance.sources.guarded import guard_of  # noqa: PLC0415

        if sys.flags.optimize >= WITHOUT_DOCSTRINGS:
            raise pytest.UsageError(OPTIMIZED)
        found = settings(self.config)
        if not found.adapter.strip():
            raise pytest.UsageError(
                "the suite needs an adapter: --adapter NAME, the variable CONFORMANCE_ADAPTER, "
                "adapter in [tool.nnspec] of pyproject.toml, or the ini option `adapter`; got "
                f"{found.adapter!r}"
            )
        try:
            guard = guard_of(found.adapter)
            with guard.around("the import"):
                subject = of_glossary(found.adapter)
            selection = {"dtypes": found.dtypes, "only": (), "seed": found.seed}
            planned = planned_of(subject, selection)
        except (AdapterError, ValueError) as error:
            raise pytest.UsageError(block(str(error))) from None
        again = f" --seed {found.seed}" if found.seed else ""
        made = sitting(subject, planned, f"conformance certify {found.adapter}{again}", guard)
        ledger: Ledger = self.config.pluginmanager.getplugin("nnspec-ledger")
        ledger.note(made)
        for page in dict.fromkeys(each.clause.page for each in made.clauses):
            clauses = [each for each in made.clauses if each.clause.page == page]
            yield Page.from_parent(self, name=page, clauses=clauses)


class Page(pytest.Collector):
    """The clauses of a page."""

    def __init__(self, *, clauses: list["Clause"], **rest: Any) -> None:
        super().__init__(**rest)
        self.clauses = clauses

    def collect(self) -> Iterator["ClauseItem"]:
        """Yield an item for each clause, operation and dtype."""
        for each in self.clauses:
            yield ClauseItem.from_parent(self, name=each.name, clause=each)


class ClauseItem(pytest.Item):
    """One clause for an operation in one dtype."""

    def __init__(self, *, clause: "Clause", **rest: Any) -> None:
        super().__init__(**rest)
        self.clause = clause
        self.user_properties += [
            ("clause", clause.clause.id),
            ("level", clause.clause.level),
            ("dtype", clause.dtype),
            ("expected", clause.expected),
            ("expecting", clause.sitting.expecting(clause.expected)),
            ("dtypes", list(clause.sitting.subject.description.dtypes)),
        ]

    def runtest(self) -> None:
        """Judge every case: a failing MUST and an error of the suite fail; absent ones are skipped.

        A failing SHOULD and an expected failure are xfails.
        """
        from nnspec.conformance.interface.clauses import counted  # noqa: PLC0415
        from nnspec.conformance.sources.noticed import noticed  # noqa: PLC0415
        from nnspec.conformance.terms.outcomes import ABSENT  # noqa: PLC0415

        judged = self.clause.judged()
        found = noticed(self.clause.sitting.source)
        self.user_properties += [
            ("noticed", found.plain()),
            ("objections", found.objections),
            ("ran", sum(each.outcome != ABSENT for each in judged.results)),
            ("failed", len(judged.failed)),
            ("compared", sum(each.compared for each in judged.results)),
        ]
        if judged.denied:
            self.user_properties += [("diagnosis", each) for each in counted(judged)]
        self.clause.settle(judged)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the frames of the user's function, and below them the words of a certificate."""
        if not self.config.getoption("fulltrace"):
            excinfo.traceback = excinfo.traceback.filter(lambda each: not _is_ours(each))
        chosen: Any = style or self.config.getoption("tbstyle", "auto")
        chosen = "long" if chosen == "auto" else chosen
        chosen = chosen if excinfo.traceback else "value"
        return super().repr_failure(excinfo, style=chosen)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the item by its clause."""
        return self.path, None, self.name


def _is_ours(entry: Any) -> bool:
    """Say whether an entry of a traceback is of pytest or of the suite, adapters apart."""
    name = str(entry.frame.f_globals.get("__name__", ""))
    adapter = name.startswith("nnspec.conformance.adapters")
    return not adapter and name.startswith(("nnspec.conformance.", "_pytest.", "pluggy."))


def settings(config: pytest.Config) -> Settings:
    """Return the adapter, dtypes and seed of a session.

    The command line goes before the variable CONFORMANCE_ADAPTER, that before pyproject.toml, and
    that before the ini option. Raises UsageError for a setting that is not as it must be.
    """
    from nnspec.conformance.interface.seeds import seed as seed_of  # noqa: PLC0415

    try:
        found = project(config.invocation_params.dir)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    ini, file = config.getini("adapter"), config.inipath
    # One that is named and empty is no other one: an unset variable must not select it.
    said = (
        config.getoption("--adapter"),
        os.environ.get("CONFORMANCE_ADAPTER"),
        found.adapter or None,
    )
    named = next((each for each in said if each is not None), None)
    if named is None and ini:
        named = located(ini, file.parent) if file is not None else ini
    for each in (found.file, str(file) if file is not None else ""):
        # A module that a file names may stand beside it.
        if each and str(Path(each).parent) not in sys.path:
            sys.path.append(str(Path(each).parent))
    number = config.getoption("--adapter-seed")
    return replace(
        found,
        adapter=named or "",
        dtypes=tuple(config.getoption("--adapter-dtype")) or found.dtypes,
        seed=seed_of(found.seed) if number is None else number,
    )


class Ledger:
    """Holds what was planned against what was reported, also across the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.planned: set[str] = set()
        self.reported: dict[str, dict[str, Any]] = {}
        self.diagnosed: Counter[tuple[str, str, str]] = Counter()
        self.objections: list[str] = []
        self.said: list[str] = []

    def note(self, made: "Sitting") -> None:
        """Note which operations are judged, and which are absent; their clauses have no items."""
        from nnspec import reference  # noqa: PLC0415

        offered = made.subject.functions
        absent = [name for name in reference.__all__ if name not in offered]
        if absent:
            others = f" and {len(absent) - _LISTED} more" if len(absent) > _LISTED else ""
            self.said.append(
                f"{len(offered)} of {len(reference.__all__)} operations are offered; absent: "
                f"{', '.join(absent[:_LISTED])}{others}"
            )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the items of this process, and tell their sittings which clauses run."""
        self.planned.update(item.nodeid for item in session.items if isinstance(item, ClauseItem))
        if clauses := sys.modules.get("nnspec.conformance.interface.clauses"):
            clauses.chosen(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(
        self,
        node: object,  # noqa: ARG002  the hook's own signature
        ids: list[str],
    ) -> None:
        """Note the items of a worker, in the controller."""
        self.planned.update(each for each in ids if each.startswith(f"{_ID}::"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what was reported."""
        if report.when == "call" and report.nodeid in self.planned:
            self.reported[report.nodeid] = dict(report.user_properties)
            told: list[Any] = [
                value for name, value in report.user_properties if name == "diagnosis"
            ]
            for operation, called, sentence, cases in told:
                self.diagnosed[operation, called, sentence] += cases

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a session that lost items, or that has an unexpected pass."""
        stopped = (
            session.shouldstop
            or session.shouldfail
            or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        )
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["nnspec"] = self.said
        if hasattr(self.config, "workerinput") or self.config.option.collectonly or stopped:
            return
        lost = sorted(self.planned - set(self.reported))
        if lost:
            self.objections.append(
                f"{len(lost)} of {len(self.planned)} planned items were not reported, {lost[0]} "
                "among them"
            )
        for properties in self.reported.values():
            for each in properties.get("objections", ()):
                if (said := f"no verdict: {each}") not in self.objections:
                    self.objections.append(said)
        for clause in self._unexpected_passes():
            self.objections.append(f"{clause} conforms; the adapter expects it to fail")
        if self.objections:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Hear from a worker what it says of the adapter."""
        self.said = getattr(node, "workeroutput", {}).get("nnspec", self.said)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say once what each operation does, and why the session fails where no item says it."""
        for each in self.said:
            terminalreporter.write_line(f"nnspec: {each}")
        if self.reported:
            said = "the adapter ran in this process, beside the judge; certify keeps them"
            terminalreporter.write_line(f"nnspec: {said} apart")
        for each in self._left():
            terminalreporter.write_line(f"nnspec: noticed: {each}")
        told: set[str] = set()
        for (operation, name, sentence), cases in self.diagnosed.most_common():
            if operation not in told:
                told.add(operation)
                said = f"{operation} behaves as if: {name}, {sentence} ({cases} failing cases)"
                terminalreporter.write_line(f"nnspec: {said}", bold=True)
        for objection in self.objections:
            terminalreporter.write_line(f"nnspec: {objection}", red=True)

    def _left(self) -> list[str]:
        """Return what the adapter left otherwise in this process, each thing once."""
        told = [properties["noticed"].get("left", ()) for properties in self.reported.values()]
        return list(dict.fromkeys(line for lines in told for line in lines))

    def _unexpected_passes(self) -> list[str]:
        """Return the expected failures that conform in every operation and dtype they are about.

        A part of them says nothing.
        """
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.reported.values():
            if each["expected"]:
                found.setdefault(each["expected"], []).append(each)
        return sorted(key for key, about in found.items() if _passes(about))


def _passes(about: list[dict[str, Any]]) -> bool:
    """Say whether all items of an expected failure were judged, and none of them failed."""
    seen = {each["dtype"] for each in about if each.get("ran")}
    whole = len(about) == about[0]["expecting"]
    everywhere = seen >= {*about[0]["dtypes"]} or seen == {None}
    return whole and everywhere and not any(each.get("failed") for each in about)
