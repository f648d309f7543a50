"""Parts of a plan that are judged apart and merged leave the record of one run, to the byte."""

import json
import shutil
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from nnspec import conformance, reference
from nnspec.conformance.command import cli
from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import files
from nnspec.conformance.run import plan, shares
from nnspec.conformance.sources import recorded
from nnspec.conformance.sources.description import Description
from tests.command.certificates import forge, forge_answers, report
from tests.run.orders import timeless

pytestmark = pytest.mark.usefixtures("plain_folder")

SCHEMA = Path(conformance.__file__).parent / "run" / "report.schema.json"

ADAPTER = """
import numpy as np

name, dtypes = "small", ("float32",)
expected_failures = {"activations/form": "not everywhere", "relu/accuracy": "is right after all"}


def relu(x):
    return np.maximum(x, 0)


def tanh(x):
    return np.tanh(x)


def softmax(x, *, axis):
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(x, *, axis):
    return np.log(softmax(x, axis=axis))


def sigmoid(x):
    raise ValueError("not today")
"""

# Clauses of one operation and of several, of drawn inputs, and of calls that are asked again.
ONLY = (
    *("relu", "tanh/accuracy", "softmax/sum", "softmax/range"),
    *("activations/form", "activations/determinism", "activations/fresh", "sigmoid/accuracy"),
)


def certify(*arguments: str, only: tuple[str, ...] = ONLY, adapter: str = "./small.py") -> int:
    Path("small.py").write_text(ADAPTER, encoding="utf-8")
    selection = [word for each in only for word in ("--only", each)]
    return cli.main(["certify", adapter, *selection, *arguments])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the certificates of a run and of its parts."""
    folder = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert certify("--report", "one") == 1
        for number in (1, 2, 3, 4):
            jobs = "1" if number % 2 else "2"
            asked = ("--part", f"{number}/4", "--report", f"part-{number}", "--jobs", jobs)
            assert certify(*asked) in {0, 1}
    return folder


@pytest.fixture
def parts(certificates: Path) -> list[str]:
    """Return the folders of the parts, which a test may change."""
    for each in certificates.iterdir():
        if each.is_dir():
            shutil.copytree(each, each.name)
    return [f"part-{number}" for number in (1, 2, 3, 4)]


def same(one: str, other: str) -> None:
    assert timeless(Path(one)) == timeless(Path(other))
    assert Path(one, recorded.FILE).read_bytes() == Path(other, recorded.FILE).read_bytes()
    left = [
        Path(each, "report.json").read_text(encoding="utf-8").splitlines() for each in (one, other)
    ]
    differing = [pair for pair in zip(*left, strict=True) if pair[0] != pair[1]]
    assert all(words.lstrip().startswith(('"started"', '"seconds"')) for words, _ in differing)


def test_merged_parts_leave_the_record_and_the_answers_of_one_run(parts: list[str]) -> None:
    assert cli.main(["merge", *reversed(parts), "--report", "all"]) == 1
    same("one", "all")
    assert {path.name for path in Path("all").iterdir()} == {*files.FILES, recorded.FILE}
    assert verify(Path("all")).inconsistencies == ()


def test_a_part_says_that_it_is_one(parts: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for number, folder in enumerate(parts, 1):
        document = report(Path(folder))
        jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
        assert document["summary"]["complete"] is False
        assert document["header"]["selection"]["part"] == f"{number}/4"
        assert (
            sum(map(sum, document["header"]["calls"].values()))
            == (document["header"]["answers"]["calls"])
        )
        assert verify(Path(folder)).inconsistencies == ()
        badge = json.loads(Path(folder, "badge.json").read_text(encoding="utf-8"))
        assert badge["color"] != "brightgreen"
    certify("--part", "1/4", only=("relu", "tanh", "sigmoid", "softmax"))
    assert "part 1 of 4, only relu" in capsys.readouterr().out


def test_forged_counts_of_calls_do_not_follow_from_the_answers(parts: list[str]) -> None:
    def moved(document):
        calls = document["header"]["calls"]
        name = next(iter(calls))
        calls[name] = [calls[name][0] - 1, calls[name][1] + 1]

    forge(Path(parts[0]), moved)
    assert any("calls" in each for each in verify(Path(parts[0])).inconsistencies)


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_parts_of_the_reference_leave_the_record_of_one_run() -> None:
    only = ("networks", "sampling", "momentum", "normal", "kaiming_uniform")
    assert certify("--report", "one", only=only, adapter="reference") == 0
    for number in (1, 2, 3, 4):
        asked = ("--part", f"{number}/4", "--report", f"part-{number}")
        assert certify(*asked, only=only, adapter="reference") == 0
    folders = [f"part-{number}" for number in (4, 2, 1, 3)]
    assert cli.main(["merge", *folders, "--report", "all"]) == 0
    same("one", "all")


@pytest.mark.proof
@pytest.mark.no_cover
def test_what_searches_found_is_merged_too() -> None:
    only = ("softmax/accuracy", "activations/fresh", "tanh/accuracy", "relu/accuracy")
    asked = ("--explore", "5", "--seed", "3")
    assert certify("--report", "one", *asked, only=only) == 1
    for number in (1, 2):
        certify("--part", f"{number}/2", "--report", f"part-{number}", *asked, only=only)
    assert cli.main(["merge", "part-2", "part-1", "--report", "all"]) == 1
    same("one", "all")
    assert report(Path("all"))["exploration"]["found"]
    certify("--part", "1/2", "--report", "part-1", "--seed", "3", only=only)
    assert cli.main(["merge", "part-2", "part-1", "--report", "all"]) == 2


def _of(name: str, **changes):
    def change(document):
        document["header"][name].update(changes)

    return change


REFUSED = {
    "are of different suites": _of("suite", numpy="1.0"),
    "are of different adapters": _of("adapter", version="2"),
    "are of different seeds": lambda document: document["header"].update(seed=7),
    "are of different commands": lambda document: document["header"].update(command="other"),
    "are of different specifications": _of("specification", edition="1.0"),
    "are of different --only or --dtype": _of("selection", only=["relu"]),
    "is one of 4 parts, part-2 one of 5": _of("selection", part="2/5"),
    "byte orders": _of("machine", byteorder="big"),
    "is incomplete: lost": lambda document: document["header"].update(ended="lost"),
    "holds no report of a part": lambda document: document["header"]["selection"].pop("part"),
    "part-1 and part-2 are both part 1 of 4": _of("selection", part="1/4"),
    "tells of other answers": lambda document: document["header"]["calls"].update(relu=[5, 0]),
    "has other cases than part 2/4": lambda document: document["results"].pop(),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_part_of_the_same_plan_is_refused_in_words(
    said: str, parts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    forge(Path("part-2"), REFUSED[said])
    assert cli.main(["merge", *parts, "--report", "all"]) == 2
    assert said in capsys.readouterr().err
    assert not Path("all").exists()


def test_missing_and_double_parts_are_refused(
    parts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for folders, said in (
        (parts[1:], "part 1 of 4 is missing"),
        (parts[:1], "parts 2, 3, 4 of 4 are missing"),
        ([*parts, parts[2]], "part-3 and part-3 are both part 3 of 4"),
        (["one", *parts], "one holds no report of a part"),
        (["nowhere"], "nowhere/report.json is no report"),
    ):
        assert cli.main(["merge", *folders, "--report", "all"]) == 2
        assert said in capsys.readouterr().err
    Path(parts[0], recorded.FILE).unlink()
    assert cli.main(["merge", *parts, "--report", "all"]) == 2
    assert "part-1 cannot be merged: answers.jsonl.gz cannot be read" in capsys.readouterr().err


def test_changed_answers_are_merged_but_do_not_verify(parts: list[str]) -> None:
    def swapped(lines):
        lines[1]["request"], lines[2]["request"] = lines[2]["request"], lines[1]["request"]

    forge_answers(Path("part-1"), swapped)
    assert cli.main(["merge", *parts, "--report", "all"]) == 1
    assert verify(Path("all")).inconsistencies


def test_machines_that_differ_are_all_named(parts: list[str]) -> None:
    forge(Path("part-2"), _of("machine", processor="another"))
    assert cli.main(["merge", *parts, "--report", "all"]) == 1
    processor = report(Path("one"))["header"]["machine"]["processor"]
    assert report(Path("all"))["header"]["machine"]["processor"] == f"{processor} and another"


# --- How a plan is shared -------------------------------------------------------------


@pytest.mark.parametrize("of", [1, 2, 3, 4, 7, len(reference.__all__)])
def test_each_operation_is_in_one_part(of: int) -> None:
    names = list(reference.__all__)
    found = [shares.share(names, names, (number, of)) for number in range(1, of + 1)]
    assert Counter(name for part in found for name in part) == Counter(names)
    assert all(part == [name for name in names if name in part] for part in found)
    costs = [sum(map(shares.cost, part)) for part in found]
    # Whatever is added last goes to the part that costs least.
    assert max(costs) - min(costs) <= max(map(shares.cost, names))


def test_each_case_is_in_one_part_whatever_the_adapter_offers() -> None:
    description = Description("some", "", ("relu", "tanh", "softmax", "adam"), dtypes=("float32",))
    whole = plan.plan(description)
    found = [[each.id for each in plan.plan(description, part=(number, 3))] for number in (1, 2, 3)]
    assert Counter(each for part in found for each in part) == Counter(each.id for each in whole)


def test_more_parts_than_operations_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert certify("--part", "1/3", only=("relu", "tanh")) == 2
    said = "3 parts need 3 operations that the adapter offers, and 2 are selected"
    assert said in capsys.readouterr().err
    assert certify("--part", "1/2", only=("relu", "tanh", "softmax/nonsense")) == 2
    for text in ("5/4", "0/4", "1", "1/99", "a/b"):
        with pytest.raises(SystemExit):
            certify("--part", text)
