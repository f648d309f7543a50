"""CITATION.cff: its keys are those of the Citation File Format 1.2.0, and it says what is so.

The format: https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from nnspec import spec
from nnspec.conformance.reports.clauses import item
from nnspec.spec import clauses

ROOT = Path(__file__).parents[2]
FILE = ROOT / "CITATION.cff"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="an installation does not hold the file")

KEYS = {
    *("abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi"),
    *("identifiers", "keywords", "license", "license-url", "message", "preferred-citation"),
    *("references", "repository", "repository-artifact", "repository-code", "title", "type"),
    *("url", "version"),
}
REQUIRED = {"authors", "cff-version", "message", "title"}
# Of an author that is no person.
ENTITY = {
    *("address", "alias", "city", "country", "date-end", "date-start", "email", "fax", "location"),
    *("name", "orcid", "post-code", "region", "tel", "website"),
}
# Of a reference, those that a standard may need; the format has some fifty more.
REFERENCE = {"authors", "title", "type", "edition", "year", "doi", "url", "version", "publisher"}


def found() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


def test_the_keys_are_those_of_the_format() -> None:
    file = found()
    assert {*file} <= KEYS
    assert {*file} >= REQUIRED
    assert file["cff-version"] == "1.2.0"
    assert file["type"] in ("software", "dataset")
    assert all(
        isinstance(each, str) for each in (*file["keywords"], file["title"], file["license"])
    )
    cited = file["preferred-citation"]
    assert {*cited} <= REFERENCE
    assert {*cited} >= {"authors", "title", "type"}
    for author in (*file["authors"], *cited["authors"]):
        assert {"name"} <= {*author} <= ENTITY


def test_the_file_says_what_the_project_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    file = found()
    assert str(file["version"]) == project["version"]
    assert file["license"] in project["license"]
    assert file["keywords"] == project["keywords"]
    assert [each["name"] for each in file["authors"]] == [
        each["name"] for each in project["authors"]
    ]
    assert file["preferred-citation"]["edition"] == spec.edition()
    assert file["preferred-citation"]["title"].endswith(f"edition {spec.edition()}")


def test_the_readme_cites_a_clause_as_it_is() -> None:
    text = (spec.FOLDER / "README.md").read_text(encoding="utf-8")
    cited = re.search(r"^> `([^`]+)`, nnspec, edition (.+), ([0-9a-f]{8})$", text, re.MULTILINE)
    assert cited
    clause = clauses()[cited[1]]
    assert (cited[2], cited[3]) == (spec.edition(), item(clause)["digest"][:8])
