"""Which tests run which line: measured once, by a context of coverage for each test."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from coverage import CoverageData

from tests.mutation.mutants import Mutant
from tests.mutation.recording import RC, SECONDS

# The folders of tests whose lines are looked at. The others judge pages, reports or the house.
FOLDERS = (
    *("tests/bounds", "tests/judge", "tests/run", "tests/sources", "tests/command"),
    *("tests/terms", "tests/search", "tests/diagnosis", "tests/mutation"),
)

_SECONDS = "seconds.json"

_RC = """
[run]
data_file = {folder}/coverage
parallel = true
context = ${{PYTEST_CURRENT_TEST-}}
patch = _exit
source =
    {tree}/conformance
    nnspec
omit = */conformance/adapters/*
"""


@dataclass(frozen=True)
class Cover:
    """The seconds of each test that passes, and the tests of each line of each module."""

    seconds: Mapping[str, float]
    lines: Mapping[str, Mapping[int, Sequence[str]]]

    def tests_of(self, path: str, lines: Iterable[int]) -> list[str]:
        """Return the tests that run one of some lines of a module, the fastest first."""
        known = self.lines.get(path, {})
        found = {test for line in lines for test in known.get(line, ())}
        return sorted(found & self.seconds.keys(), key=lambda test: (self.seconds[test], test))

    def tests_about(self, mutant: Mutant, source: str) -> list[str]:
        """Return the tests that can notice a mutant, the fastest first.

        They run its lines. A line within a statement may have no entry of its own: its tests are
        those of the nearest line above in its function. What runs at the import of a module runs in
        no test: its tests run the lines that use the names that it defines, then come those of the
        module.
        """
        tree, last = ast.parse(source), mutant.line + mutant.old.count("\n")
        function = _around(tree, mutant.line, (ast.FunctionDef,))
        if function is None:
            near = self.tests_of(mutant.path, _using(tree, mutant.line, source))
            others = self.tests_of(mutant.path, self.lines.get(mutant.path, ()))
            return list(dict.fromkeys([*near, *others]))
        found = self.tests_of(mutant.path, range(mutant.line, last + 1))
        for line in range(mutant.line - 1, function.lineno, -1):
            found = found or self.tests_of(mutant.path, [line])
        return found


def _around(tree: ast.Module, line: int, kinds: tuple[type[ast.stmt], ...]) -> ast.stmt | None:
    """Return the innermost statement of some kinds that a line stands in."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def _using(tree: ast.Module, line: int, source: str) -> Iterator[int]:
    """Yield the lines of a module that use a name which the statement of a line defines."""
    statement = _around(tree, line, (ast.Assign, ast.AnnAssign))
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    names = {
        each.id
        for target in targets
        if target is not None
        for each in ast.walk(target)
        if isinstance(each, ast.Name)
    }
    for number, text in enumerate(source.splitlines(), 1):
        if names and re.search(rf"\b({'|'.join(map(re.escape, names))})\b", text):
            yield number


def measured(tree: Path, folder: Path, jobs: int, folders: Sequence[str] = FOLDERS) -> Cover:
    """Run the tests of the folders in a copy of the tree, and return what they cover."""

    def run(number: int) -> None:
        # A folder of its own: pytest-cov combines whatever lies beside its file.
        own = folder / f"{number}"
        own.mkdir()
        rc, seconds = own / "rc", own / _SECONDS
        rc.write_text(_RC.format(folder=own, tree=tree), encoding="utf-8")
        ours = {RC: str(rc), SECONDS: str(seconds), "PYTHONPATH": str(tree)}
        measuring = ["--cov", f"--cov-config={rc}", "--cov-context=test", "--cov-report="]
        with (own / "log").open("wb") as log:
            subprocess.run(
                [
                    *(sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.recording"),
                    *(*measuring, folders[number]),
                ],
                cwd=tree,
                env={**os.environ, **ours},
                stdout=log,
                stderr=log,
                check=False,
            )

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, range(len(folders))))
    return _read(tree, folder)


def _read(tree: Path, folder: Path) -> Cover:
    seconds: dict[str, float] = {}
    for path in sorted(folder.glob(f"*/{_SECONDS}")):
        seconds |= json.loads(path.read_text(encoding="utf-8"))
    lines: dict[str, dict[int, set[str]]] = {}
    for path in sorted(folder.glob("*/coverage*")):
        data = CoverageData(str(path))
        data.read()
        for name in data.measured_files():
            module = _in_the_tree(tree, name)
            for line, contexts in data.contexts_by_lineno(name).items() if module else ():
                tests = {_test(each) for each in contexts} & seconds.keys()
                lines.setdefault(module, {}).setdefault(line, set()).update(tests)
    plain = {
        path: {line: sorted(tests) for line, tests in found.items()}
        for path, found in lines.items()
    }
    return Cover(seconds, plain)


def _in_the_tree(tree: Path, name: str) -> str:
    """Return the path of a measured file in the tree, "" if it is elsewhere."""
    real = Path(name).resolve()
    return real.relative_to(tree).as_posix() if real.is_relative_to(tree) else ""


def _test(context: str) -> str:
    """Return the test of a context: `test|run` of this process, `test (call)` of a child."""
    return context.rpartition("|")[0] or context.rpartition(" (")[0]


def written(cover: Cover, path: Path) -> None:
    """Keep what was measured in a file: `--cover FILE` takes it from there again."""
    path.write_text(json.dumps(asdict(cover)), encoding="utf-8")


def read(path: Path) -> Cover:
    """Return what was measured before."""
    found = json.loads(path.read_text(encoding="utf-8"))
    lines = {
        module: {int(line): tests for line, tests in each.items()}
        for module, each in found["lines"].items()
    }
    return Cover(found["seconds"], lines)
