"""The errata: numbers without a gap, dates, editions, and clauses that there are."""

import re
from datetime import date

import pytest

from nnspec import spec
from nnspec.spec import clauses

TEXT = (spec.FOLDER / "errata.md").read_text(encoding="utf-8")
RETIRED = (spec.FOLDER / "retired.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
FORM = re.compile(r"(\d+) · (open|(?:mended|refused) on (\d{4}-\d\d-\d\d))")
CLAUSE = re.compile(r"`([a-z0-9_]+/[a-z0-9-]+)`")
# The first edition was begun then.
BEGUN = date(2026, 11, 21)

BODIES = dict(zip(HEADING.findall(TEXT), HEADING.split(TEXT)[2::2], strict=True))


def test_the_numbers_of_errata_have_no_gap() -> None:
    numbers = [int(heading.partition(" ")[0]) for heading in BODIES]
    assert numbers == [*range(1, len(numbers) + 1)]


@pytest.mark.parametrize("heading", BODIES)
def test_an_erratum_says_its_status_what_it_affects_and_whether_a_verdict_changes(
    heading: str,
) -> None:
    form = FORM.fullmatch(heading)
    assert form, f"expected 'NUMBER · open' or '… mended on DATE', found {heading!r}"
    assert form[3] is None or date.fromisoformat(form[3]) >= BEGUN
    said = re.search(r"\*Affects\.\* (.+?) \*Verdict\.\* .+\.\s*\Z", BODIES[heading], re.DOTALL)
    assert said, "expected '*Affects.* … *Verdict.* …' at its end"
    editions = re.findall(r"\b(\d+)\.(\d+)\b", said[1])
    assert editions
    assert max((int(major), int(minor)) for major, minor in editions) <= tuple(
        map(int, spec.EDITION.split("."))
    )


@pytest.mark.parametrize("heading", BODIES)
def test_an_erratum_names_clauses_that_there_are_or_were(heading: str) -> None:
    for clause in CLAUSE.findall(BODIES[heading]):
        assert clause in clauses() or f"`{clause}`" in RETIRED, clause
