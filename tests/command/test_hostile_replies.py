"""Whatever a program says over the protocol, or of itself, costs at most its own cases."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.command.trials import leaves_nothing, ran
from tests.sources.programs import HOSTILE

START = {"name": "p", "operations": ["identity", "gradient_descent"]}
ARRAY = '{"dtype":"float64","shape":[1],"data":"AAAAAAAA8D8="}'
ASKED = '{"answer": [], "asked": [%s]}'
QUESTION = '{"callback": "gradient", "arguments": %s}'
ERROR = '{"error": {"kind": "raised", "message": %s}}'

# Arguments of a question to a callback that no gradient is known of, or that JSON does not have.
ARGUMENTS = {
    "nan": "[NaN]",
    "nan-listed": "[[NaN]]",
    "infinity": "[Infinity]",
    "beyond-float": "[[1e400]]",
    "whole-beyond-float": f"[1{'0' * 400}]",
    "digits-without-end": f"[1{'0' * 5000}]",
    "text": '["x"]',
    "null": "[null]",
    "true": "[true]",
    "object": '[{"a": 1}]',
    "array": f"[{ARRAY}]",
    "arrays": f"[[[{ARRAY}]]]",
    "nan-in-an-array": '[[{"dtype":"float64","shape":[1],"data":"AAAAAAAA+H8="}]]',
    "integers": '[[{"dtype":"int64","shape":[1],"data":"AAAAAAAAAAA="}]]',
    "deep": f"[{'[' * 300}{']' * 300}]",
    "too-deep": f"[{'[' * 60000}{']' * 60000}]",
    "no-list": "5",
    "two": f"[[{ARRAY}], [{ARRAY}]]",
}

REPLIES = {
    **{f"asks-{name}": QUESTION % words for name, words in ARGUMENTS.items()},
    **{f"asked-{name}": ASKED % (QUESTION % words) for name, words in ARGUMENTS.items()},
    "asked-is-null": '{"answer": [], "asked": null}',
    "asked-is-text": '{"answer": [], "asked": "x"}',
    "asks-nobody": '{"callback": null, "arguments": []}',
    "asks-another": '{"callback": "loss", "arguments": []}',
    "nothing": "",
    "no-json": "x",
    "null": "null",
    "nan": "NaN",
    "list": "[]",
    "empty": "{}",
    "byte-order-mark": '\ufeff{"answer": []}',
    "two-keys": '{"answer": [], "error": {}}',
    "answer-null": '{"answer": null}',
    "answer-nan": '{"answer": NaN}',
    "answer-number": '{"answer": 1e400}',
    "answer-deep": f'{{"answer": {"[" * 900}{"]" * 900}}}',
    "shape-negative": '{"answer": [[{"dtype":"float64","shape":[-1],"data":""}]]}',
    "shape-huge": '{"answer": [[{"dtype":"float64","shape":[0, 99999999999999999999],"data":""}]]}',
    "shape-many": f'{{"answer": [[{{"dtype":"float64","shape":[{"1," * 99}1],"data":""}}]]}}',
    "shape-true": '{"answer": [[{"dtype":"float64","shape":[true],"data":"AAAAAAAA8D8="}]]}',
    "shape-float": '{"answer": [[{"dtype":"float64","shape":[1.0],"data":"AAAAAAAA8D8="}]]}',
    "dtype-object": '{"answer": [[{"dtype":"object","shape":[],"data":""}]]}',
    "dtype-structured": '{"answer": [[{"dtype":"f8,f8","shape":[],"data":""}]]}',
    "data-no-base64": '{"answer": [[{"dtype":"float64","shape":[1],"data":"ö"}]]}',
    "place": '{"answer": [[{"dtype":"float64","shape":[1],"place":0}]]}',
    "place-far": '{"answer": [[{"dtype":"float64","shape":[1],"place":1e300}]]}',
    "error-null": '{"error": null}',
    "error-kind": '{"error": {"kind": "adapter", "message": "x"}}',
    "error-message": ERROR % "5",
    "error-surrogate": ERROR % '"\\ud800"',
    "error-null-byte": ERROR % '"\\u0000"',
    "error-traceback": '{"error": {"kind": "raised", "message": "x", "traceback": [1, {}]}}',
    "error-absent": '{"error": {"kind": "absent", "message": "\\u001b[2J"}}',
}

# Replies to start that are refused in words, and those that leave a verdict.
REFUSED = {
    "fixed-nan": '{"name": "p", "operations": ["identity"], "fixed": {"identity": {"a": NaN}}}',
    "fixed-infinite": '{"name": "p", "operations": ["identity"], "fixed": {"relu": {"a": 1e400}}}',
    "fixed-list": '{"name": "p", "operations": ["identity"], "fixed": []}',
    "fixed-number": '{"name": "p", "operations": ["identity"], "fixed": {"identity": 5}}',
    "fixed-object": '{"name": "p", "operations": ["identity"], "fixed": {"relu": {"a": {}}}}',
    "fixed-large": f'{{"name": "p", "operations": [], "fixed": {{"relu": {{"a": 1{"0" * 400}}}}}}}',
    "no-name": '{"operations": ["identity"]}',
    "name-number": '{"name": 5, "operations": ["identity"]}',
    "operations-text": '{"name": "p", "operations": "identity"}',
    "operations-mixed": '{"name": "p", "operations": ["identity", null]}',
    "dtypes-unknown": '{"name": "p", "operations": ["identity"], "dtypes": ["float8"]}',
    "dtypes-null": '{"name": "p", "operations": ["identity"], "dtypes": null}',
    "expected-list": '{"name": "p", "operations": ["identity"], "expected_failures": []}',
    "deterministic-text": '{"name": "p", "operations": ["identity"], "deterministic": "no"}',
    "accumulates-number": '{"name": "p", "operations": [], "accumulates_in": {"float32": 5}}',
    "error-null": '{"error": null}',
    "error-controls": '{"error": {"kind": "adapter", "message": "\\u001b[2J\\n::error::x"}}',
    "nothing": "",
    "nan": "NaN",
    "deep": "[" * 60000,
}
LEFT = {
    "fixed-text": {"fixed": {"gradient_descent": {"learning_rate": "x"}}},
    "fixed-null": {"fixed": {"gradient_descent": {"learning_rate": None}}},
    "fixed-list": {"fixed": {"gradient_descent": {"learning_rate": [1, [2]]}}},
    "fixed-true": {"fixed": {"gradient_descent": {"learning_rate": True}}},
    "fixed-large": {"fixed": {"gradient_descent": {"learning_rate": 2**62}}},
    "fixed-tiny": {"fixed": {"gradient_descent": {"learning_rate": 5e-324}}},
    "fixed-unknown": {"fixed": {"nonesuch": {"": "\u001b"}}},
    "scripts": {"scripts": True, "calls": "yes", "repeats": None},
    "memory-promised": {"memory": True},
    "names": {"name": "\ud800\u0000\n::error::x", "version": "\u001b[2J", "digest": "\n"},
    "expected": {"expected_failures": {"\u001b\n": "\n::error::x"}},
}


def certified(
    folder: Path, capsys: pytest.CaptureFixture[str], start: str, reply: str, *options: str
) -> int:
    """Certify a program with a healthy identity, and assert that no case is lost."""
    words = [sys.executable, str(HOSTILE / "replies.py"), start, reply, str(folder)]
    only = ("identity/accuracy[everyday,float64]", "gradient_descent/accuracy[example,float64]")
    asked = [word for each in only for word in ("--only", each)]
    command = ("certify", "--command", shlex.join(words), "--report", str(folder / "r"))
    status = ran(capsys, *command, *asked, *options).status
    leaves_nothing(folder)
    report = json.loads((folder / "r" / "report.json").read_text(encoding="utf-8"))
    assert "ended" not in report["header"]
    assert len(report["results"]) == report["header"]["planned"] == 2
    outcomes = {each["operation"]: each["outcome"] for each in report["results"]}
    assert outcomes["identity"] == "conforms"
    assert ran(capsys, "verify", str(folder / "r")).status == 0
    return status


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            reply, id=name, marks=() if name in ("asks-nan", "asked-nan") else pytest.mark.proof
        )
        for name, reply in REPLIES.items()
    ],
)
def test_a_reply_costs_its_own_cases(
    reply: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = "absent" in reply
    assert certified(tmp_path, capsys, json.dumps(START), reply) == (0 if absent else 1)


@pytest.mark.proof
@pytest.mark.parametrize("name", ["asks-nan", "asked-beyond-float", "asked-null", "answer-deep"])
def test_two_jobs_judge_the_same(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert certified(tmp_path, capsys, json.dumps(START), REPLIES[name], "--jobs", "2") == 1


@pytest.mark.parametrize("said", LEFT.values(), ids=LEFT)
@pytest.mark.proof
def test_a_description_costs_its_own_cases(
    said: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certified(tmp_path, capsys, json.dumps(START | said), ERROR % '"x"')


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(said, id=name, marks=() if name == "fixed-nan" else pytest.mark.proof)
        for name, said in REFUSED.items()
    ],
)
def test_a_description_that_cannot_be_is_refused_in_words(
    said: str, jobs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, str(HOSTILE / "replies.py"), said, "", str(tmp_path)]
    found = ran(
        capsys,
        *("certify", "--command", shlex.join(words), "--jobs", jobs),
        *("--only", "identity/accuracy", "--only", "relu/accuracy"),
        *("--report", str(tmp_path / "r")),
    )
    assert found.status == 2
    assert found.err.startswith("conformance: ")
    leaves_nothing(tmp_path)
    assert not list((tmp_path / "r").iterdir())
