"""The suite as pytest items: `pytest --pyargs nnspec --adapter torch` runs the plan here.

There is one item a clause and dtype. NumPy is not imported until a session asks for the suite, for
pytest loads this module in every session.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nnspec.conformance.command.arguments import seed
from nnspec.conformance.command.statuses import OPTIMIZED, WITHOUT_DOCSTRINGS

if TYPE_CHECKING:
    from nnspec.conformance.judge.checks import Planned
    from nnspec.conformance.run.diagnoses import Diagnosis
    from nnspec.conformance.run.record import Result
    from nnspec.conformance.sources.in_process import InProcess

# The file that stands for the suite in node ids: `conformance/suite.py::softmax/accuracy[float32]`.
_SUITE = Path(__file__).parent.with_name("suite.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --adapter, --adapter-dtype and --adapter-seed, and the ini option `adapter`."""
    group = parser.getgroup("nnspec", "conformance of neural-network mathematics")
    group.addoption(
        "--adapter",
        metavar="ADAPTER",
        help="adapter to judge: a bundled name, ./path.py, or package.module:object",
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
        default=0,
        metavar="S",
        help="seed of the inputs that are drawn: a number (default 0), or fresh",
    )
    parser.addini(
        "adapter", "adapter to judge where neither --adapter nor CONFORMANCE_ADAPTER names one"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the ledger of the session.

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
    config.pluginmanager.register(Ledger(config), "nnspec-ledger")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name the seed of the drawn inputs unless it is the default."""
    number = config.getoption("--adapter-seed")
    return [f"nnspec: seed {number}"] if number else []


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "Clauses | None":
    """Collect the plan where pytest comes across the suite's own folder."""
    if file_path == _SUITE:
        return Clauses.from_parent(parent, path=file_path)
    return None


class Clauses(pytest.File):
    """The plan for one adapter."""

    def collect(self) -> Iterator["ClauseItem"]:
        """Yield an item for each clause and dtype.

        Raises UsageError if no adapter is named, if it cannot be loaded, or if it offers nothing.
        """
        # A session without the suite does not pay for these.
        from nnspec.conformance.reports.printing import block  # noqa: PLC0415
        from nnspec.conformance.run import plan  # noqa: PLC0415
        from nnspec.conformance.sources import guarded  # noqa: PLC0415
        from nnspec.conformance.sources.description import AdapterError  # noqa: PLC0415

        if sys.flags.optimize >= WITHOUT_DOCSTRINGS:
            raise pytest.UsageError(OPTIMIZED)
        # One that is named and empty is no other one: an unset variable must not select it.
        named = [
            self.config.getoption("--adapter"),
            os.environ.get("CONFORMANCE_ADAPTER"),
            self.config.getini("adapter"),
        ]
        name = next((each for each in named if each is not None), "")
        if not name.strip():
            raise pytest.UsageError(
                "the suite needs an adapter: --adapter NAME, the variable CONFORMANCE_ADAPTER, "
                f"or the ini option `adapter`; got {name!r}"
            )
        try:
            source = guarded.loaded(name)
        except AdapterError as error:
            raise pytest.UsageError(block(str(error))) from None
        if not source.description.operations:
            raise pytest.UsageError(f"the adapter {name} offers none of the operations")
        groups: dict[tuple[str, str | None], list[Planned]] = {}
        number = self.config.getoption("--adapter-seed")
        again = f" --seed {number}" if number else ""
        for each in plan.plan(
            source.description, dtypes=self.config.getoption("--adapter-dtype"), seed=number
        ):
            groups.setdefault((each.clause.id, each.dtype), []).append(each)
        for (clause, dtype), planned in groups.items():
            yield ClauseItem.from_parent(
                self,
                name=f"{clause}[{dtype}]" if dtype else clause,
                planned=planned,
                source=source,
                command=f"conformance certify {name}{again}",
            )


class ClauseItem(pytest.Item):
    """One clause in one dtype."""

    def __init__(
        self, *, planned: list["Planned"], source: "InProcess", command: str, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.planned, self.source, self.command = planned, source, command
        clause = planned[0].clause
        expected = {source.description.expected(clause.id, each.operation) for each in planned} - {
            ""
        }
        self.user_properties += [
            ("clause", clause.id),
            ("level", clause.level),
            ("dtype", planned[0].dtype),
            ("expected", sorted(expected)),
        ]

    def runtest(self) -> None:
        """Judge every case: a failing MUST and an error of the suite fail; absent ones are skipped.

        A failing SHOULD and an expected failure are xfails.
        """
        # A session without the suite does not pay for these.
        from nnspec.conformance.reports.printing import printable  # noqa: PLC0415
        from nnspec.conformance.run import run  # noqa: PLC0415
        from nnspec.conformance.run.diagnoses import Explained, diagnoses  # noqa: PLC0415
        from nnspec.conformance.sources.noticed import noticed  # noqa: PLC0415
        from nnspec.conformance.terms.outcomes import (  # noqa: PLC0415
            ABSENT,
            FAILURES,
            INCONCLUSIVE,
            VACUOUS,
        )

        explained: list[Explained] = []
        results = run.results(self.planned, self.source, command=self.command, explained=explained)
        failed = [result for result in results if result.outcome in (*FAILURES, VACUOUS)]
        ran = [result for result in results if result.outcome != ABSENT]
        keys = [
            self.source.description.expected(result.clause, result.operation) for result in failed
        ]
        self.user_properties += [
            ("ran", len(ran)),
            ("failed", len(failed)),
            ("noticed", noticed(self.source).plain()),
            ("objections", noticed(self.source).objections),
            ("compared", sum(result.compared for result in results)),
        ]
        self.user_properties += [
            ("failed_as_expected", sorted(set(keys))),
            ("dtypes", list(self.source.description.dtypes)),
        ]
        if any(
            result.outcome == VACUOUS or (result.level == "MUST" and not result.expected)
            for result in failed
        ):
            told = diagnoses(explained)
            self.user_properties += [
                ("diagnosis", (each.operation, each.name, each.sentence, each.explained))
                for each in told
            ]
            raise ClauseFailed(failed, told)
        if failed:
            said = failed[0].expected or f"{failed[0].level}: {failed[0].message}"
            pytest.xfail(printable(said))
        if not ran:
            pytest.skip(printable(f"absent: {results[0].message}"))
        if inconclusive := [result for result in results if result.outcome == INCONCLUSIVE]:
            pytest.skip(printable(f"inconclusive: {inconclusive[0].message}"))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any
    ) -> Any:
        """Show a failed clause as `conformance certify` does."""
        if isinstance(excinfo.value, ClauseFailed):
            # Only a failure needs it.
            from nnspec.conformance.reports import failures  # noqa: PLC0415

            return failures.text(excinfo.value.results, excinfo.value.diagnoses)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the item by its clause."""
        return self.path, None, self.name


class ClauseFailed(Exception):  # noqa: N818  a verdict, not an error
    """A MUST clause failed; `results` are its cases that did, and `diagnoses` explain them."""

    def __init__(self, results: list["Result"], diagnoses: tuple["Diagnosis", ...]) -> None:
        super().__init__(results[0].message)
        self.results, self.diagnoses = results, diagnoses


class Ledger:
    """Holds what was planned against what was reported, also across the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.planned: set[str] = set()
        self.reported: dict[str, dict[str, Any]] = {}
        self.diagnosed: Counter[tuple[str, str, str]] = Counter()
        self.objections: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the items of this process."""
        self.planned.update(item.nodeid for item in session.items if isinstance(item, ClauseItem))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(
        self,
        node: object,  # noqa: ARG002  the hook's own signature
        ids: list[str],
    ) -> None:
        """Note the items of a worker, in the controller."""
        self.planned.update(
            nodeid for nodeid in ids if nodeid.partition("::")[0].endswith("conformance/suite.py")
        )

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
        if hasattr(self.config, "workerinput") or self.config.option.collectonly or stopped:
            return
        lost = sorted(self.planned - set(self.reported))
        if lost:
            self.objections.append(
                f"{len(lost)} of {len(self.planned)} planned items were not reported, {lost[0]} "
                "among them"
            )
        for clause in self._unexpected_passes():
            self.objections.append(f"{clause} conforms; the adapter expects it to fail")
        for properties in self.reported.values():
            for each in properties["objections"]:
                if (said := f"no verdict: {each}") not in self.objections:
                    self.objections.append(said)
        if self.objections:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say once what each operation does, and why the session fails where no item says it."""
        told: set[str] = set()
        for (operation, name, sentence), cases in self.diagnosed.most_common():
            if operation not in told:
                told.add(operation)
                said = f"{operation} behaves as if: {name}, {sentence} ({cases} failing cases)"
                terminalreporter.write_line(f"nnspec: {said}", bold=True)
        if self.reported:
            said = "the adapter ran in this process, beside the judge; certify keeps them"
            terminalreporter.write_line(f"nnspec: {said} apart")
        for each in self._left():
            terminalreporter.write_line(f"nnspec: noticed: {each}")
        for objection in self.objections:
            terminalreporter.write_line(f"nnspec: {objection}", red=True)

    def _left(self) -> list[str]:
        """Return what the adapter left otherwise in this process, each thing once."""
        told = [properties["noticed"].get("left", ()) for properties in self.reported.values()]
        return list(dict.fromkeys(line for lines in told for line in lines))

    def _unexpected_passes(self) -> list[str]:
        """Return the expected failures that conform in every dtype: one dtype says nothing."""
        ran = [properties for properties in self.reported.values() if properties["ran"]]
        seen: dict[str, set[str | None]] = {}
        for properties in ran:
            for key in properties["expected"]:
                seen.setdefault(key, set()).add(properties["dtype"])
        failed = {key for properties in ran for key in properties["failed_as_expected"]}
        whole = {
            key
            for properties in ran
            for key in properties["expected"]
            if seen[key] >= {*properties["dtypes"]} or seen[key] == {None}
        }
        return sorted(whole - failed)
