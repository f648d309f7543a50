"""A certificate that is as it was made is verified, whatever its adapter did."""

import gzip
import json as json_text
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
import xmlschema

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.command import cli
from nnspec.conformance.command.verify import verify
from nnspec.conformance.run.record import BREAKING, CONFORMING, NONE, Record
from nnspec.conformance.sources import process, recorded
from nnspec.conformance.terms.mistakes import rounded
from tests.command.certificates import SOFTMAX, adapter, certify, in_process, overflows
from tests.sources.hostile import adapters

SCHEMAS = Path(__file__).parent / "schemas"

REPORT_SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "report.schema.json").read_text(encoding="utf-8")
)

ANSWERS_SCHEMA = json_text.loads(
    (Path(conformance.__file__).parent / "run" / "answers.schema.json").read_text(encoding="utf-8")
)

STATEMENT_SCHEMA = json_text.loads((SCHEMAS / "test-result.json").read_text(encoding="utf-8"))
JUNIT_SCHEMA = xmlschema.XMLSchema(SCHEMAS / "junit.xsd")

# As https://shields.io/badges/endpoint-badge describes it; only what is used of it.
BADGE_SCHEMA = {
    "type": "object",
    "required": ["schemaVersion", "label", "message"],
    "additionalProperties": False,
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "yellowgreen", "blue", "red", "lightgrey"]},
    },
}

HOSTILE = Path(__file__).parents[1] / "sources" / "hostile"
MINIMAL = Path(conformance.__file__).parent / "adapters" / "javascript" / "minimal.mjs"
BOWL = ("gradient_descent/eigenbasis", "gradient_descent/stability")
DESCENT = ("gradient_descent/accuracy", "newton/accuracy", "minibatch_descent/samples")


def asks_wrongly(gradient, params, steps, *, learning_rate):
    return [gradient([param[:1] for param in params])]


def in_a_worker(
    folder: Path, it: str, *only: str, dtypes: tuple[str, ...] = ("float32",)
) -> Record:
    # What hangs is given little time, and what does not so much that a busy machine does not count.
    limit = 1.5 if it.endswith("LoopsInC") else 60.0
    with process.worker(it, limit=limit, warm_up=limit) as source:
        return certify(folder, source, *only, dtypes=dtypes)


def in_a_command(folder: Path, *behavior: str) -> Record:
    with process.Process(
        [sys.executable, str(HOSTILE / "child.py"), *behavior], limit=60.0
    ) as source:
        return certify(folder, source, "softmax/range", "softmax/sum", dtypes=("float64",))


def known_to_fail(folder: Path) -> Record:
    known = {
        "softmax/shift-invariance": "overflows",
        "softmax/sum": "overflows",
        "softmax/range": "not at all",
    }
    return in_process(folder, adapter(softmax=overflows, expected_failures=known), *SOFTMAX)


def with_a_fixed_slope(folder: Path) -> Record:
    fixed = {"leaky_relu": {"negative_slope": 0.25}}
    return in_process(
        folder, adapter(leaky_relu=rounded("leaky_relu"), fixed=fixed), "leaky_relu/accuracy"
    )


HONEST: dict[str, tuple[Callable[[Path], Record], str]] = {
    "the reference in a worker": (
        lambda folder: in_a_worker(folder, "reference", "relu/accuracy", dtypes=("float64",)),
        CONFORMING,
    ),
    "the loopback here": (
        lambda folder: in_process(folder, loopback, *SOFTMAX, dtypes=("float16", "bfloat16")),
        CONFORMING,
    ),
    "the loopback in a worker": (
        lambda folder: in_a_worker(folder, "loopback", "softmax/range", dtypes=("bfloat16",)),
        CONFORMING,
    ),
    "one case": (
        lambda folder: in_process(folder, loopback, "relu/accuracy[everyday,float32]"),
        CONFORMING,
    ),
    "callbacks": (
        lambda folder: in_a_worker(folder, "loopback", *DESCENT, dtypes=("float64",)),
        CONFORMING,
    ),
    "a callback asked wrongly": (
        lambda folder: in_process(folder, adapter(gradient_descent=asks_wrongly), DESCENT[0]),
        BREAKING,
    ),
    "a callback asked with too much": (
        lambda folder: in_process(folder, adapters.AsksTooMuch, *BOWL),
        BREAKING,
    ),
    "a callback asked with too much by a worker": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:AsksTooMuch", *BOWL),
        BREAKING,
    ),
    "operations without a dtype": (
        lambda folder: in_process(folder, loopback, "minibatches/sizes"),
        CONFORMING,
    ),
    "a broken softmax": (
        lambda folder: in_process(folder, adapter(softmax=overflows), *SOFTMAX),
        BREAKING,
    ),
    "failures that are expected": (known_to_fail, BREAKING),
    "a fixed parameter": (with_a_fixed_slope, CONFORMING),
    "nothing offered": (lambda folder: in_process(folder, adapter(), "relu/accuracy"), NONE),
    "a segmentation fault": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:Segfaults", *SOFTMAX),
        BREAKING,
    ),
    "an endless loop": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:LoopsInC", *SOFTMAX),
        BREAKING,
    ),
    "exceptions": (
        lambda folder: in_a_worker(
            folder, "tests.sources.hostile.adapters:Raises", *SOFTMAX, "log_softmax/range"
        ),
        BREAKING,
    ),
    "an exception that cannot be printed": (
        lambda folder: in_a_worker(
            folder, "tests.sources.hostile.adapters:RaisesTheUnprintable", *SOFTMAX
        ),
        BREAKING,
    ),
    "arguments that are modified": (
        lambda folder: in_a_worker(folder, "tests.sources.hostile.adapters:Modifies", *SOFTMAX),
        BREAKING,
    ),
    "a command": (lambda folder: in_a_command(folder, "windows"), BREAKING),
    "a command that says what is no message": (
        lambda folder: in_a_command(folder, "bytes"),
        BREAKING,
    ),
    "a command that exits": (lambda folder: in_a_command(folder, "exits"), BREAKING),
    "a command that is absent": (lambda folder: in_a_command(folder, "absent"), NONE),
}


def _fits_the_schemas(folder: Path) -> None:
    """Validate what others read against the schemas that they publish, or that their text amounts
    to."""
    documents = {
        "report.json": REPORT_SCHEMA,
        "statement.intoto.json": STATEMENT_SCHEMA,
        "badge.json": BADGE_SCHEMA,
    }
    for name, schema in documents.items():
        jsonschema.Draft202012Validator(schema).validate(
            json_text.loads((folder / name).read_text(encoding="utf-8"))
        )
    JUNIT_SCHEMA.validate(folder / "junit.xml")
    lines = gzip.decompress((folder / recorded.FILE).read_bytes()).splitlines()
    for line in lines:
        jsonschema.Draft202012Validator(ANSWERS_SCHEMA).validate(json_text.loads(line))


@pytest.mark.proof
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_certificate_is_verified(name: str, tmp_path: Path) -> None:
    make, verdict = HONEST[name]
    record = make(tmp_path)
    assert record.verdict == verdict
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.elsewhere == ()
    assert found.record.verdict == verdict
    assert found.calls == record.header["answers"]["calls"]
    _fits_the_schemas(tmp_path)


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_certificate_of_another_language_is_verified_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = shlex.join(["node", str(MINIMAL)])
    assert (
        cli.main(
            [
                "certify",
                "--command",
                command,
                "--only",
                "relu/accuracy",
                "--dtype",
                "float64",
                "--report",
                "certificate",
            ]
        )
        == 0
    )
    monkeypatch.setenv("PATH", "")
    assert cli.main(["verify", "certificate"]) == 0


@pytest.mark.proof
def test_an_error_of_the_suite_is_the_same_error_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(trial):
        return trial.call() / "none"

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"relu/accuracy": fails},
    )
    assert in_process(tmp_path, loopback, "relu/accuracy").verdict == NONE
    assert verify(tmp_path).inconsistencies == ()


@pytest.mark.proof
def test_an_answer_that_a_check_cannot_judge_is_denied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def divides(trial):
        if not trial.shape().any():
            raise ZeroDivisionError("division by zero")
        trial.answer()

    monkeypatch.setattr(
        "nnspec.conformance.run.plan.checks",
        lambda: {"sigmoid/accuracy": divides, "tanh/accuracy": lambda trial: 1 / 0},
    )
    zeros = SimpleNamespace(
        name="it", version="1", dtypes=("float32",), sigmoid=np.zeros_like, tanh=np.tanh
    )
    record = in_process(tmp_path, zeros, "sigmoid/accuracy", "tanh/accuracy")
    assert record.verdict == BREAKING
    assert record.objections != ()
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.record.verdict == BREAKING
