"""Our check of a schema takes nothing that the standard refuses, and all that our files hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nnspec import conformance
from nnspec.conformance.terms import documents
from nnspec.conformance.terms.files import FileError
from nnspec.conformance.terms.schemas import schema
from tests.terms.changing import changed

FOLDER = Path(conformance.__file__).parent
SCHEMAS = [
    *sorted(FOLDER.glob("run/*.schema.json")),
    *sorted(FOLDER.glob("run/version_1/*.schema.json")),
    FOLDER / "search" / "sweep.schema.json",
    FOLDER / "reports" / "comparison.schema.json",
    FOLDER / "reports" / "coverage.schema.json",
]

ODD: tuple[Any, ...] = (None, True, 0, -1, 1.5, "", "x", "x\n", [], [0, 0, 0], {}, {"x": 1})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a document, of long lists only the first items."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:2])
    if isinstance(value, (dict, list)):
        for key, item in items:
            yield from (
                places(item, (*path, key)) if isinstance(item, (dict, list)) else [(*path, key)]
            )


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_keyword_of_our_schemas_is_known(path: Path) -> None:
    assert schema(path)(5)


@pytest.mark.proof
def test_ours_takes_what_the_standard_takes_and_nothing_else() -> None:
    file = Path(__file__).parents[1] / "run" / "version_1" / "report.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["results"], document["pictures"] = document["results"][:1], document["pictures"][:1]
    path = FOLDER / "run" / "version_1" / "report.schema.json"
    ours, standard = schema(path), Draft202012Validator(json.loads(path.read_text()))
    assert ours(document) == ""
    seen = {True: 0, False: 0}
    for place in places(document):
        for value in (*ODD, ...) if place else ODD:
            made = changed(document, place, value)
            fits = not ours(made)
            assert fits == standard.is_valid(made), (place, value, ours(made))
            seen[fits] += 1
    assert min(seen.values()) > 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[1e400]", "too large"),
        (b"[NaN]", "NaN is no number of JSON"),
        (b"[-Infinity]", "-Infinity is no number of JSON"),
        (b"[1" + b"0" * 5000 + b"]", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"[]," * 2**23 + b"[]]", "more than 8,388,608 values"),
        (b"\xff", "no JSON"),
        (b"", "no JSON"),
        (b"\xef\xbb\xbf[]", "no JSON"),
    ],
)
def test_what_is_no_json_is_refused_in_words(text: bytes, said: str) -> None:
    with pytest.raises(FileError, match=said):
        documents.parsed(text)


def test_the_place_of_a_value_that_does_not_fit_is_told() -> None:
    file = Path(__file__).parents[1] / "run" / "version_1" / "report.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["results"][0]["outcome"] = "perfect"
    said = schema(FOLDER / "run" / "version_1" / "report.schema.json")(document)
    assert said.startswith('.results[0].outcome is "perfect"; one of ')
