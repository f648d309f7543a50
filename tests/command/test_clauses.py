"""clauses.json: the whole specification for tools in any language, in the form of its schema."""

import json
import re
from typing import Any

import jsonschema
import pytest

from nnspec import spec
from nnspec.conformance.command import cli
from nnspec.conformance.reports import blocks
from nnspec.conformance.reports.clauses import SCHEMA, document, item, sentence
from nnspec.conformance.terms.operations import bound_of
from nnspec.spec import clauses


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document()))
    return found


def test_the_clauses_have_the_form_of_the_schema(whole: dict[str, Any]) -> None:
    jsonschema.validate(whole, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert (whole["edition"], whole["digest"]) == (spec.EDITION, spec.digest())


def test_every_clause_is_there_with_all_of_its_text(whole: dict[str, Any]) -> None:
    assert [each["id"] for each in whole["clauses"]] == [*clauses()]
    for each in whole["clauses"]:
        clause = clauses()[each["id"]]
        assert each["digest"] == clause.digest
        printed = words("".join(strings(each["text"])))
        assert words(unformatted(clause.text)) == printed, each["id"]


def strings(value: Any) -> list[str]:
    """Return the texts, the code and the TeX of blocks, in their order."""
    if isinstance(value, list):
        return [text for each in value for text in (*strings(each), "\n")]
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in ("mathml", "language")}
        # The address of a link stands behind its words, as in Markdown.
        ordered = sorted(kept.items(), key=lambda each: each[0] == "link")
        return [text for _, each in ordered for text in strings(each)]
    return [value] if isinstance(value, str) else []


def unformatted(text: str) -> str:
    """Return Markdown without its marks, read in another way than that of the suite."""
    text = re.sub(r"^```\w*$", "", text, flags=re.MULTILINE)
    return re.sub(r"^\|[-| :]+\|$", "", text, flags=re.MULTILINE)


def words(text: str) -> str:
    """Return the letters and digits of a text."""
    return re.sub(r"[\W_]+", "", text)


def test_a_bound_that_another_clause_states_stands_by_itself(whole: dict[str, Any]) -> None:
    named = {each["id"]: each for each in whole["clauses"]}
    bound = named["softmax/shift-invariance"]["bound"]
    assert bound["stated"]["expression"] == "softmax/accuracy"
    found = bound_of(clauses()["softmax/accuracy"], "softmax")
    assert found is not None
    assert bound["operations"]["softmax"]["expression"] == found.expression


def test_an_example_has_its_numbers(whole: dict[str, Any]) -> None:
    named = {each["id"]: each for each in whole["clauses"]}
    (example,) = named["softmax/shift-invariance"]["examples"]
    assert example["arguments"] == [[1001.0, 1002.0, 1003.0]]
    assert example["parameters"] == {"axis": 0}


def test_the_sentence_is_the_first_one() -> None:
    assert sentence(clauses()["softmax/shift-invariance"]).endswith("the format adds exactly.")


def test_the_command_prints_the_specification_and_one_clause(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(("explain", "relu", "--format", "json")) == 0
    assert json.loads(capsys.readouterr().out)["text"] == item(clauses()["relu/accuracy"])["text"]
    assert cli.main(("list", "--format", "json")) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == spec.digest()


def test_what_has_no_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="heading, which has no form"):
        blocks.blocks("# A heading")
    with pytest.raises(ValueError, match="image, which has no form"):
        blocks.blocks("![a picture](picture.svg)")


def test_every_part_of_markdown_has_its_form() -> None:
    found = blocks.blocks("1. *a* **b** `c` [d](e.md)\n   f\n\n| g |\n|---|\n| $h$ |\n")
    assert found[0]["ordered"]
    (paragraph,) = found[0]["list"][0]
    assert paragraph["paragraph"] == [
        {"em": [{"text": "a"}]},
        {"text": " "},
        {"strong": [{"text": "b"}]},
        {"text": " "},
        {"code": "c"},
        {"text": " "},
        {"link": "e.md", "parts": [{"text": "d"}]},
        {"text": " f"},
    ]
    assert found[1]["table"]["head"] == [[{"text": "g"}]]
    assert found[1]["table"]["rows"][0][0][0]["formula"]["tex"] == "h"
