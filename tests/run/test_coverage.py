"""Coverage counts what there is and names every hole: a check, a mistake or a vector taken away is
missed at once."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nnspec import reference, spec
from nnspec.conformance.command import cli, screen
from nnspec.conformance.pages import vectors
from nnspec.conformance.reports import coverage as coverage_report
from nnspec.conformance.run import coverage, plan, run
from nnspec.conformance.run import reach as reaching
from nnspec.conformance.run import report as report_json
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import mistakes, rounded
from nnspec.conformance.terms.operations import OPERATIONS, operations_of, operations_on, page_of


@pytest.fixture(scope="module")
def found() -> coverage.Specification:
    return coverage.of_specification()


def test_nothing_is_missing_and_everything_is_counted(found: coverage.Specification) -> None:
    everything = coverage.summary(found)
    assert found.holes == ()
    binding = [each for each in spec.clauses().values() if each.level != "Informative"]
    assert everything.checked == len(plan.checks()) == len(binding) < len(spec.clauses())
    assert sum(everything.levels.values()) == len(spec.clauses())
    assert everything.operations == len(reference.__all__)
    assert everything.mistakes == sum(map(len, mistakes().values()))
    assert sum(everything.cases.values()) == len(plan.plan(plan.EVERYTHING))
    stored = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (spec.FOLDER / "vectors").glob("*.json")
    ]
    assert everything.vectors == sum(len(each["vectors"]) for each in stored if "vectors" in each)


def test_pages_add_up_but_for_mistakes_that_two_pages_reject(found: coverage.Specification) -> None:
    everything, by_page = (
        coverage.summary(found),
        [coverage.summary(found, page) for page in spec.pages()],
    )
    for count in ("operations", "checked", "examples", "vectors"):
        assert sum(getattr(each, count) for each in by_page) == getattr(everything, count)
    assert sum(each.mistakes for each in by_page) >= everything.mistakes


def without_check(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {name: check for name, check in plan.checks().items() if name != "relu/nan"}
    monkeypatch.setattr(plan, "checks", lambda: left)


def without_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {
        **mistakes(),
        "relu": tuple(each for each in mistakes()["relu"] if "relu/nan" not in each.clauses),
    }
    monkeypatch.setattr(coverage, "mistakes", lambda: left)


def blind_in_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(
        dataclasses.replace(each, dtypes=("float64", "float32", "bfloat16"))
        for each in mistakes()["relu"]
    )
    monkeypatch.setattr(coverage, "mistakes", lambda: {**mistakes(), "relu": left})


def without_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = [
        each
        for each in plan.plan(plan.EVERYTHING)
        if (each.clause.id, each.operation) != ("activations/form", "relu")
    ]
    monkeypatch.setattr(plan, "plan", lambda _: planned)


def without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    names = vectors.vector_names
    monkeypatch.setattr(
        coverage, "vector_names", lambda operation: () if operation == "relu" else names(operation)
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_check, "relu/nan · SHOULD has no check"),
        (
            without_mistake,
            (
                "relu/nan · SHOULD rejects no known mistake of relu "
                "in float64, float32, float16, bfloat16"
            ),
        ),
        (blind_in_float16, "relu/accuracy · MUST rejects no known mistake of relu in float16"),
        (without_cases, "activations/form · MUST has no case for relu"),
        (without_vectors, "relu has no stored vectors"),
    ],
)
def test_every_hole_is_named_and_makes_the_exit_status_1(
    spoil,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    spoil(monkeypatch)
    page = str(tmp_path / "page.md")
    assert cli.main(("traceability", "--format", "markdown", "--output", page)) == 1
    assert cli.main(("traceability",)) == 1
    out = capsys.readouterr().out
    assert f"✗ {said}\n" in out
    assert "every clause that can be tested has a check" not in out
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "## Holes" in page
    assert said.replace("_", "\\_") in page


def test_the_command_shows_pages_or_clauses_and_writes_the_page(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = str(tmp_path / "page.md")
    assert cli.main(("traceability", "--format", "markdown", "--output", page)) == 0
    assert cli.main(("traceability",)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[: lines.index("")])) <= 80
    of_page = [clause for clause in spec.clauses().values() if clause.page == "activations"]
    levels = [sum(clause.level == level for clause in of_page) for level in spec.LEVELS]
    examples = sum(bool(clause.examples) for clause in of_page)
    known = sum(
        len(listed)
        for operation, listed in mistakes().items()
        if page_of(operation) == "activations"
    )
    counts = [
        len(operations_on("activations")),
        *levels,
        len(of_page) - levels[-1],
        examples,
        known,
    ]
    assert lines[1].split()[:-1] == ["activations", *map(str, counts)]
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    for clause in spec.clauses().values():
        mark = "–" if clause.level == "Informative" else "✓"
        assert f"\n| {clause.id} | {clause.level} | {mark} |".replace("_", "\\_") in page
    monkeypatch.setenv("COLUMNS", "120")
    assert cli.main(("traceability", "--clauses")) == 0
    shown = capsys.readouterr().out
    for name, clause in spec.clauses().items():
        (row,) = [line.split() for line in shown.splitlines() if line.startswith(f"{name} ")]
        known = sum(
            name in each.clauses
            for operation in operations_of(clause)
            for each in mistakes()[operation]
        )
        mark = "–" if clause.level == "Informative" else "✓"
        counted = (str(count or "–") for count in (len(clause.examples), known))
        assert row[1:5] == [clause.level, mark, *counted]


def report(*, only: tuple[str, ...] = ()) -> dict:
    adapter = SimpleNamespace(
        name="mine [bold]", version="1", dtypes=("float32",), relu=rounded("relu"), softmax=shy
    )
    source = InProcess(adapter)
    return report_json.document(
        run.run(plan.plan(source.description, only=only), source, command="conformance certify it")
    )


def asked(page: str) -> int:
    """Count the clauses of a page that have a case in float32."""
    planned = plan.plan(plan.EVERYTHING)
    return len(
        {each.clause.id for each in planned if each.dtype == "float32" and each.clause.page == page}
    )


def shy(x, *, axis):
    if x.ndim != 1 or not x.size:
        raise NotImplementedError("one row alone")
    return rounded("softmax")(x, axis=axis)


def test_a_report_reaches_as_far_as_it_was_judged() -> None:
    reach = reaching.reach(report())
    activations = reach.extents["activations", "float32"]
    assert activations.operations == (2, len(operations_on("activations")))
    assert activations.clauses[1] == asked("activations")
    assert 0 < activations.clauses[0] < 40
    assert activations.cases
    assert activations.values > 1000
    assert reach.extents["losses", "float32"] == reaching.Extent(
        (0, len(operations_on("losses"))), (0, asked("losses")), 0, 0
    )
    assert reach.extents["", "float32"].operations == (
        2,
        sum(each.has_dtype for each in OPERATIONS.values()),
    )
    assert reach.extents["", "float32"].cases == activations.cases
    assert reach.undeclared == ("float64", "float16", "bfloat16")
    assert reach.absent["tanh"] == ("float32",)
    assert "relu" not in reach.absent
    assert reach.unjudged["softmax/row-independence"] == ("float32",)
    assert reach.unjudged["activations/empty (softmax)"] == ("float32",)
    assert "relu/accuracy" not in reach.unjudged


def test_a_selection_does_not_pass_for_the_whole() -> None:
    reach = reaching.reach(report(only=("relu/accuracy",)))
    assert reach.extents["activations", "float32"].operations == (
        1,
        len(operations_on("activations")),
    )
    assert reach.extents["activations", "float32"].clauses == (1, asked("activations"))
    assert "relu/nan" in reach.unjudged


LINES = {
    "mine/[red]layers.py": {
        "covered_lines": 30,
        "num_statements": 40,
        "covered_branches": 3,
        "num_branches": 4,
    },
    "mine/unused.py": {
        "covered_lines": 0,
        "num_statements": 60,
        "covered_branches": 0,
        "num_branches": 6,
    },
    "mine/__init__.py": {"covered_lines": 0, "num_statements": 0},
}


def test_the_command_shows_an_implementation_and_its_lines_the_fewest_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report.json").write_text(json.dumps(report()), encoding="utf-8")
    Path("coverage.json").write_text(
        json.dumps({"files": {name: {"summary": each} for name, each in LINES.items()}}),
        encoding="utf-8",
    )
    line = ("coverage", ".", "--lines", "coverage.json")
    assert cli.main((*line, "--format", "markdown", "--output", "page.md")) == 0
    assert cli.main(line) == 0
    out = capsys.readouterr().out
    for said in (
        "mine [bold] 1",
        f"2 of {len(operations_on('activations'))}",
        "absent (float32) from information: ",
        "not judged (float32) though its operation is offered: ",
    ):
        assert said in out
    assert out.index("mine/unused.py") < out.index("mine/[red]layers.py")
    assert "The suite executed 30 of 100 lines, 30.0 %, and 30.0 % of the branches." in out
    page = Path("page.md").read_text(encoding="utf-8")
    assert "# Coverage of mine \\[bold\\] 1" in page
    assert "| mine/\\[red\\]layers.py | 40 | 75.0 % | 4 | 75.0 % | – |" in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "nowhere is no report"),
        (("--lines", "lines.json"), "coverage is about an implementation"),
        ((), "what covers the specification itself is conformance traceability"),
        (
            (".", "--lines", "nowhere.json"),
            "nowhere.json is no report that pytest --cov=your_library --cov-report=json wrote",
        ),
        (
            (".", "--lines", "report.json"),
            "report.json is no report that pytest --cov=your_library --cov-report=json wrote",
        ),
        ((".", "--lines", "lines.json"), "lines.json has no file with statements in it"),
    ],
)
def test_what_is_no_report_is_refused(
    arguments: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report.json").write_text(json.dumps(report(only=("relu/nan",))), encoding="utf-8")
    Path("lines.json").write_text('{"files": {}}', encoding="utf-8")
    assert cli.main(("coverage", *arguments)) == 2
    assert says in capsys.readouterr().err


def test_lines_are_read_as_pytest_writes_them(tmp_path: Path) -> None:
    (tmp_path / "my_network.py").write_text(
        "def relu(x):\n    return x * (x > 0)\n\n\ndef unused():\n    return 0\n", encoding="utf-8"
    )
    (tmp_path / "adapter.py").write_text(
        "from my_network import relu\n\ndtypes = ('float32',)\n", encoding="utf-8"
    )
    asked = (
        "--adapter",
        "./adapter.py",
        "-k",
        "relu/nan",
        "--cov=my_network",
        "--cov-report=json",
        "-p",
        "no:cacheprovider",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--pyargs", "nnspec", *asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (file,) = reaching.lines(tmp_path / "coverage.json")
    assert (Path(file.name).name, file.lines) == ("my_network.py", (3, 4))


def test_more_files_than_a_terminal_takes_are_all_on_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [reaching.File(f"file-{number}.py", (number, 100), (0, 0)) for number in range(30)]
    reach = reaching.reach(report(only=("relu/nan",)))
    coverage_report.show_reach(reach, files, screen.console())
    out = capsys.readouterr().out
    assert "file-19.py" in out
    assert "file-20.py" not in out
    assert "… and 10 more files" in out
    assert "file-29.py" in coverage_report.implementation(reach, files)
    assert reaching.whole(files).lines == (435, 3000)
