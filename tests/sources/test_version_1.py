"""A program that speaks version 1 of the line protocol is judged as it was: conversations that were
recorded with version 1 are held again, line by line."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from nnspec import conformance
from nnspec.conformance.command import cli
from nnspec.conformance.sources.description import AdapterError, Call
from nnspec.conformance.sources.messages import array_of, arrays_of, decode, laid_out
from nnspec.conformance.sources.process import Process
from nnspec.conformance.terms.outcomes import ABSENT, CONFORMS, Absent
from tests.sources.programs import PATIENT, X, child

FOLDER = Path(__file__).parent / "version_1"
SCHEMAS = Path(conformance.__file__).parent / "sources" / "schemas" / "version_1"

# A program that needs no option, and one that takes scripts and many calls in a line.
TALKS = ("plain", "optional")

Line = tuple[str, dict[str, Any]]


def talk(name: str) -> list[Line]:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [(line[0], json.loads(line[1:])) for line in text.splitlines()]


class Told:
    """A function of the suite's whose answers were recorded."""

    def __init__(self, answers: Sequence[Any], script: Sequence[Any]) -> None:
        self.answers, self.script, self.heard_of = iter(answers), script, 0

    def __call__(self, *_: Any) -> Any:
        return next(self.answers)

    def heard(self, *_: Any) -> None:
        self.heard_of += 1


def read(value: Any) -> Any:
    return decode(value, lambda message: laid_out(array_of(message), message))


def given(argument: Any, answers: Sequence[Any]) -> Any:
    """Return what stands in a recorded call: an array, or a function with its answers."""
    if isinstance(argument, Mapping) and "callback" in argument:
        return Told(answers, [read(each) for each in argument.get("script", [])])
    return read(argument)


def calls(lines: Sequence[Line]) -> Iterator[tuple[list[Call], list[dict[str, Any]], bool]]:
    """Yield the calls of each line that asks for some, the replies that ended them, and whether the
    line may ask for many."""
    starts = [at for at, (_, said) in enumerate(lines) if said.get("request") in ("call", "calls")]
    for first, last in zip(starts, [*starts[1:], len(lines) - 1], strict=True):
        said = lines[first][1]
        between = lines[first + 1 : last]
        answers = [read(each["answer"]) for way, each in between if way == ">"]
        asked = [
            (
                each["operation"],
                [given(argument, answers) for argument in each["arguments"]],
                {name: read(value) for name, value in each["parameters"].items()},
            )
            for each in said.get("calls", [said])
        ]
        replies = [each for way, each in between if way == "<" and "callback" not in each]
        yield asked, replies, "calls" in said


def same(answer: Any, recorded: Any) -> bool:
    """Say whether two answers have the same bits."""
    if isinstance(recorded, list):
        return len(answer) == len(recorded) and all(map(same, answer, recorded))
    return answer.dtype == recorded.dtype and answer.tobytes() == recorded.tobytes()


@pytest.mark.parametrize("name", TALKS)
def test_a_recorded_conversation_is_held_again_to_the_last_character(name: str) -> None:
    lines, seen = talk(name), []
    with Process(
        [sys.executable, str(FOLDER / "player.py"), str(FOLDER / f"{name}.txt")],
        limit=PATIENT,
        warm_up=PATIENT,
    ) as process:
        assert process.description.operations == ("relu", "softmax", "gradient_descent")
        for asked, replies, many in calls(lines):
            process.foresee(asked if many else [])
            for call, reply in zip(asked, replies, strict=True):
                if "error" in reply:
                    with pytest.raises(Absent, match=reply["error"]["message"]):
                        process.call(*call)
                else:
                    assert same(process.call(*call), arrays_of(reply["answer"]))
                told = [each for each in call[1] if isinstance(each, Told)]
                assert sum(each.heard_of for each in told) == len(reply.get("asked", []))
                seen.append((call[0], "error" in reply, bool(told)))
    assert set(seen) == {
        ("relu", False, False),
        ("relu", True, False),
        ("softmax", False, False),
        ("gradient_descent", False, True),
    }


def test_a_program_of_version_1_is_started_again_in_its_version(
    traffic: list[tuple[str, dict[str, Any]]],
) -> None:
    command = [sys.executable, str(FOLDER / "program.py"), str(SCHEMAS), "plain"]
    with Process(command, limit=PATIENT, warm_up=PATIENT) as process:
        process.call("relu", [X], {})
        process.conversation.end()
        assert process.call("relu", [X], {}).tolist() == [[1, 0, 3]]
    starts = [said["protocol"] for _, said in traffic if said.get("request") == "start"]
    assert starts == [2, 1, 1]


# Says which version it was asked for and does not start in, and ends.
REFUSING = """
import json, sys
asked = json.loads(sys.stdin.readline())["protocol"]
message = {"error": {"kind": "adapter", "message": f"no version {asked}"}}
print(json.dumps(message), flush=True)
"""


def test_a_program_that_starts_in_no_version_is_told_with_the_reason_of_each() -> None:
    with pytest.raises(AdapterError) as refusal:
        Process([sys.executable, "-c", REFUSING])
    assert str(refusal.value) == "no version 2\nno version 1"


def test_a_program_that_is_silent_at_its_start_is_started_once(
    traffic: list[tuple[str, dict[str, Any]]],
) -> None:
    with pytest.raises(AdapterError, match="gave no answer to start"):
        child("never starts", start_limit=0.2)
    assert [said["protocol"] for _, said in traffic] == [2]


def held(name: str) -> Callable[[object], bool]:
    parts = [
        (each, Resource.from_contents(json.loads((SCHEMAS / each).read_text(encoding="utf-8"))))
        for each in ("request.json", "reply.json", "array.json")
    ]
    schema = dict(parts)[name].contents
    return Draft202012Validator(schema, registry=Registry().with_resources(parts)).is_valid


@pytest.mark.parametrize("name", TALKS)
def test_the_schemas_of_version_1_describe_the_recorded_lines(name: str) -> None:
    ways = {">": held("request.json"), "<": held("reply.json")}
    assert all(ways[way](message) for way, message in talk(name))
    assert not held("request.json")({"request": "start", "protocol": 2})


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("name", TALKS)
def test_a_program_of_version_1_is_judged_and_is_never_asked_in_words_that_are_newer(
    name: str, tmp_path: Path
) -> None:
    program = [sys.executable, str(FOLDER / "program.py"), str(SCHEMAS), name]
    command = ["certify", "--command", shlex.join(program), "--report", str(tmp_path)]
    only = ["--only", "relu", "--only", "softmax", "--only", "gradient_descent"]
    cli.main([*command, *only, "--dtype", "float64"])
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert document["header"]["adapter"]["name"] == "version 1"
    assert len(document["results"]) == document["header"]["planned"]
    must = [each for each in document["results"] if each["level"] == "MUST"]
    # What it cannot be asked is absent. It never exits, as it does at a request of another form.
    assert {each["outcome"] for each in must} <= {CONFORMS, ABSENT}
    conforming = {each["clause"] for each in must if each["outcome"] == CONFORMS}
    assert {"relu/accuracy", "softmax/masked", "gradient_descent/accuracy"} <= conforming
    assert {"activations/lengths", "activations/layouts", "descent/asking"} <= conforming
