"""The command line: exit statuses, selections, reports on disk, and refusals that say what was
needed and what came."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnspec import reference, spec
from nnspec.conformance.command import cli
from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.edits import edits_of
from nnspec.conformance.run import environment
from nnspec.conformance.terms.mistakes import mistakes, mistakes_of

BROKEN = """
import numpy as np

name = "broken"
dtypes = ("float32",)


def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return e / e.sum(axis=axis, keepdims=True)
"""


@pytest.fixture(autouse=True)
def _plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> int:
    return cli.main(arguments)


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_default_is_certified_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    # The tests of other machines certify the reference whole.
    assert run("certify", "--only", "sampling") == 0
    out = capsys.readouterr().out
    said = "reference conforms in what was asked: only sampling, of edition 2.0 (draft) "
    assert said in " ".join(out.split())
    assert "conformance certify torch" in out


def test_a_broken_adapter_has_status_1_and_reports_on_disk(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Path("broken.py").write_text(BROKEN, encoding="utf-8")
    assert run("certify", "./broken.py", "--report", "report") == 1
    out = capsys.readouterr().out
    assert "✗ softmax  behaves as if: exponentiates_without_a_shift" in out
    assert "  MUST softmax/accuracy  " in out
    assert "also breaks softmax/" in out
    assert "behaves as if: exponentiates_without_a_shift" in out
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["summary"]["verdict"] == "breaks"
    assert report["header"]["adapter"]["digest"]
    assert "report.html" in out
    assert (tmp_path / "report" / "junit.xml").stat().st_size > 1000
    assert "broken does not conform" in (tmp_path / "report" / "report.html").read_text(
        encoding="utf-8"
    )
    failed = next(result for result in report["results"] if result["outcome"] == "breaks")
    assert failed["rerun"].startswith("conformance certify ./broken.py --only '")
    assert run(*failed["rerun"].replace("'", "").split()[1:]) == 1


MISSPELT = """
from functools import partial

import numpy as np
from mine import sigmoid_vpj


class Softmax:
    pass


def sofmax(x, *, axis):
    return x


def steps_of(params):
    return params


def _sigmod(x):
    return x


relu = partial(np.maximum, 0.0)
leaky_rleu = partial(np.maximum, 0.0)
adams = 3
"""


def test_what_an_adapter_misspells_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text("def sigmoid_vpj(x, cotangent):\n    return x\n", encoding="utf-8")
    Path("misspelt.py").write_text(MISSPELT, encoding="utf-8")
    assert run("certify", "./misspelt.py", "--only", "relu/accuracy[everyday,float64]") == 0
    said = next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith("not judged")
    )
    assert said == "not judged, being no operations: leaky_rleu (leaky_relu?), sofmax (softmax?)"


def test_the_version_names_the_suite_as_a_certificate_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("--version")
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"nnspec {environment.version()} with the digest {environment.digest()}, " in said
    assert f"edition {spec.edition()} with the digest {spec.digest()}\n" in said


def test_a_selection_runs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("certify", "--only", "relu/accuracy[everyday,float64]", "--only", "tanh/range") == 0
    assert "2 cases planned" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("certify", "nonesuch"), "nonesuch"),
        (("certify", "./nonesuch.py"), "nonesuch.py"),
        (
            ("certify", "--only", "relu/acuracy"),
            "there is no clause 'relu/acuracy'; near it are relu/accuracy",
        ),
        (("certify", "--only", "relu/accuracy[nowhere]"), "relu/accuracy has no case 'nowhere'"),
        (("certify", "--only", "relu[nowhere]"), "relu has no case 'nowhere'"),
        (("certify", "--only", "rellu"), "there is no clause 'rellu'"),
        (("certify", "--command", "/nonesuch/command"), "/nonesuch/command"),
        (("explain", "softmaxx"), "there is no clause 'softmaxx'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.startswith("conformance: ")
    assert "Traceback" not in error


def test_an_adapter_and_a_command_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run("certify", "torch", "--command", "node adapter.mjs")
    assert left.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf"])
def test_a_time_limit_is_a_positive_number(limit: str) -> None:
    with pytest.raises(SystemExit) as left:
        run("certify", "--time-limit", limit)
    assert left.value.code == 2


@pytest.mark.proof
def test_every_clause_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for clause in spec.clauses().values():
        assert run("explain", clause.id) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"{clause.id}  {clause.level}")
        assert "\\" not in out, f"{clause.id} shows LaTeX that a terminal does not set"
        assert "$" not in out


def test_explain_shows_the_formula_of_an_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "softmax_vjp") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("softmax_vjp  Gradient of ")
    assert "\nsoftmax_vjp/accuracy  MUST" in shown
    formula = shown.partition("\nFormula\n")[2].partition("\nBound\n")[0]
    assert formula.split("\n")[:2] == ["  s = softmax(x)", "  s·(ȳ − Σ(s·ȳ))"]
    assert run("explain", "softmax_vjp/zero-sum") == 0
    shown = capsys.readouterr().out
    assert "\nFormula\n" not in shown
    assert "\nCommonest edits\n" not in shown


def test_explain_lists_the_likeliest_edits_of_a_formula_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("explain", "adam") == 0
    shown = capsys.readouterr().out
    edits = shown.partition("\nCommonest edits\n")[2].partition("\n\n")[0].splitlines()
    assert [line.strip() for line in edits] == [
        each.edit.name for each in behaviors("adam").different[:10]
    ]
    assert "  adam: m/(1 − β₁ᵗ) → m" in edits


def test_certify_names_a_selection_of_nothing_beside_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    only = ("--only", "relu/accuracy", "--only", "tanh/accuracy[everyday,float32]")
    assert run("certify", "reference", *only) == 0
    assert "--only tanh/accuracy[everyday,float32] selects nothing here" in capsys.readouterr().out


def test_explain_shows_what_fails_and_which_given_values_a_clause_speaks_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("explain", "adam_uncorrected/rmsprop") == 0
    sections = [" ".join(part.split()) for part in capsys.readouterr().out.split("\n\n")]
    assert "Given beta1, epsilon" in sections
    clause = spec.clauses()["adam_uncorrected/rmsprop"]
    assert f"Fails {clause.fails}" in sections


def test_explain_shows_bound_reason_source_and_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "softmax/shift-invariance") == 0
    out = capsys.readouterr().out
    for part in (
        "softmax(x + c 1) = softmax(x)",
        "y*expm1(t) + flush(y*exp(-t))",
        "shifts",
        ">>> softmax([1001.0",
        "J. Bridle",
        "exponentiates_without_a_shift",
    ):
        assert part in out


@pytest.mark.parametrize(
    ("what", "part"),
    [
        ((), "softmax/shift-invariance · MUST"),
        (("--inputs",), "activations: thresholds"),
        (("--mistakes",), "softmax: clips_probabilities"),
        (("--adapters",), "torch"),
    ],
)
def test_lists_are_plain_lines(
    what: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", *what) == 0
    assert any(line.startswith(part) for line in capsys.readouterr().out.splitlines())


def test_counts_are_of_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--counts") == 0
    found = dict(re.split(r"  +", line) for line in capsys.readouterr().out.splitlines())
    levels = [clause.level for clause in spec.clauses().values()]
    assert found["pages"] == str(len(spec.pages()))
    assert found["operations"] == str(len(reference.__all__))
    assert found["clauses"] == str(len(levels))
    assert found["MUST clauses"] == str(levels.count("MUST"))
    assert found["SHOULD clauses"] == str(levels.count("SHOULD"))
    assert found["Informative clauses"] == str(levels.count("Informative"))
    assert found["mistakes"] == f"{sum(map(len, mistakes().values())):,}"
    stored = [json.loads(path.read_text()) for path in spec.FOLDER.glob("vectors/[!v]*.json")]
    assert found["stored vectors"] == str(sum(len(each["vectors"]) for each in stored))


def test_init_writes_an_adapter_that_runs_at_once_and_holds_every_contract(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("init", "mine.py") == 0
    assert "conformance certify ./mine.py" in capsys.readouterr().out
    text = Path("mine.py").read_text(encoding="utf-8")
    assert all(f"def {operation}(" in text for operation in reference.__all__)
    assert run("certify", "./mine.py") == 0
    assert "my network 0.1 conforms" in capsys.readouterr().out


def test_init_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text("precious", encoding="utf-8")
    assert run("init", "mine.py") == 2
    assert "exists already and is left as it is" in capsys.readouterr().err
    assert Path("mine.py").read_text(encoding="utf-8") == "precious"


def test_power_counts_what_was_rejected_and_recognized(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("power", "--operation", "relu", "--dtype", "float32") == 0
    out = capsys.readouterr().out
    count = sum("float32" in each.dtypes for each in mistakes_of("relu"))
    assert f"{count} mistakes, {count} with their dtypes" in out
    assert "rejects stops_at_six in float32" in out


def test_power_counts_edits_and_names_those_that_equal_the_formula(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("power", "--operation", "relu_vjp", "--dtype", "float32") == 0
    out = capsys.readouterr().out
    count = len(edits_of("relu_vjp"))
    rejected, equal = map(int, re.findall(r"(\d+) rejected, (\d+) equivalent, 0 surviving", out)[0])
    assert f"relu_vjp: {count} edits" in out
    assert rejected + equal == count
    assert f"relu_vjp/accuracy rejects {rejected}" in out
    assert "answers as the formula does: x → 2·x throughout" in out
    assert "differs at x = 0 alone, where it answers ȳ, which the page allows: x > 0 → x ≥ 0" in out


def test_power_fails_where_an_edit_survives(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnspec.conformance.run.edits.proof_of", lambda _: None)
    assert run("power", "--operation", "relu_vjp", "--dtype", "float32") == 1
    assert "survives: x > 0 → x ≥ 0" in capsys.readouterr().out


def test_power_fails_where_a_mistake_survives(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnspec.conformance.run.power.FAILURES", ())
    assert run("power", "--operation", "identity", "--dtype", "float64") == 1
    assert (
        "survived: identity/accuracy does not reject identity: negates in float64"
        in capsys.readouterr().out
    )


def test_the_module_and_the_script_are_the_same_command() -> None:
    for command in (
        [sys.executable, "-m", "nnspec"],
        [str(Path(sys.executable).with_name("conformance"))],
    ):
        ran = subprocess.run(
            [*command, "list", "--adapters"], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert "loopback" in ran.stdout


def test_a_closed_pipe_ends_the_command_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "nnspec", "list"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in ran.stderr


def test_init_begins_with_the_adapter_of_a_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", "mine.py", "--like", "torch") == 0
    assert "conformance certify ./mine.py" in capsys.readouterr().out
    tree = ast.parse(Path("mine.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names += [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert len(set(names)) == len(names), "two modules of the package define one name"
    assert {"adam", "batch_norm_eval", "mlp_vjp", "dtypes"} <= set(names)
    assert not [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and "conformance" in (node.module or "")
    ]


def test_init_like_an_adapter_that_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("init", "mine.py", "--like", "nonesuch") == 2
    assert (
        "there is no bundled adapter nonesuch to begin with; there are " in capsys.readouterr().err
    )
    assert not Path("mine.py").exists()
