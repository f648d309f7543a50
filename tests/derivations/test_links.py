"""Every bound has its lemma, every number in a bound stands in one, and every link leads to one."""

import re
from collections import Counter

import pytest

from nnspec import spec
from nnspec.spec import SpecificationError
from nnspec.spec.lemmas import KINDS, PAGES, lemmas, name_of, pages, read
from tests.derivations import constants

CLAUSES = spec.clauses()
LEMMAS = lemmas()
LINK = re.compile(r"\]\((?:derivations/)?(?:(?P<page>[a-z]+)\.md)?#(?P<name>[a-z0-9-]+)\)")
LEMMA = """# Page

## One lemma

*Proved.* So.

*Constants.* `8*u`, `wide(2, 1)`

*Algorithm.* For `op/accuracy`: `a + b` with `a = 2`.

Because.
"""


def test_no_clause_has_a_bound_of_its_own_without_a_lemma() -> None:
    own = [clause for clause in CLAUSES.values() if constants.has_its_own(clause)]
    assert not [clause.id for clause in own if not clause.derived]
    assert len(own) > 300


def test_no_number_in_a_bound_is_bare() -> None:
    found = {}
    for clause in CLAUSES.values():
        terms = [term for name in clause.derived for term in LEMMAS[name].constants]
        if numbers := constants.bare(clause, terms):
            found[clause.id] = numbers
    assert not found


def test_a_number_is_bare_unless_the_term_around_it_is_derived() -> None:
    clause = CLAUSES["sigmoid_vjp/accuracy"]
    assert constants.bare(clause, []) == ["16", "3.1", "2", "8", "5.1"]
    assert constants.bare(clause, ["wide(16, 3.1)"]) == ["2", "8", "5.1"]
    assert constants.bare(clause, ["wide(16, 3.2)"]) == ["16", "3.1", "2", "8", "5.1"]


def test_each_term_of_a_lemma_stands_in_the_bound_of_a_clause_that_names_it() -> None:
    unused = [
        (lemma.name, term)
        for lemma in LEMMAS.values()
        for term in lemma.constants
        if not any(
            lemma.name in clause.derived and constants.uses(clause, term)
            for clause in CLAUSES.values()
        )
    ]
    assert not unused


def test_the_links_of_clauses_lead_to_lemmas_on_the_page_that_they_name() -> None:
    followed = 0
    for page in spec.pages():
        for link in LINK.finditer((spec.FOLDER / f"{page}.md").read_text(encoding="utf-8")):
            if "derivations/" in link[0]:
                assert LEMMAS[link["name"]].page == link["page"], link[0]
                followed += 1
    assert followed == sum(len(clause.derived) for clause in CLAUSES.values())


def test_the_links_of_lemmas_lead_to_lemmas_and_pages() -> None:
    for path in pages():
        text = path.read_text(encoding="utf-8")
        for link in LINK.finditer(text):
            assert LEMMAS[link["name"]].page == (link["page"] or path.stem), link[0]
        for target in re.findall(r"\]\(([^)#]+\.md)", text):
            assert (path.parent / target).is_file(), target


def test_every_lemma_is_named_by_a_clause_or_by_another_lemma() -> None:
    named = Counter(name for clause in CLAUSES.values() for name in clause.derived)
    for path in pages():
        named.update(link["name"] for link in LINK.finditer(path.read_text(encoding="utf-8")))
    assert not set(LEMMAS) - set(named)


def test_every_page_of_lemmas_is_listed_and_so_is_every_lemma() -> None:
    assert set(pages()) == set(PAGES.glob("*.md"))
    text = constants.PAGE.read_text(encoding="utf-8")
    assert text.partition(constants.HEADING)[2].strip() == constants.table().strip(), (
        "python -m tests.derivations.constants --write"
    )


def test_a_link_does_not_change_the_digest_of_a_requirement() -> None:
    clause = CLAUSES["softmax/accuracy"]
    line = re.search(r"\*Derived\.\*.*?\n\n", clause.text, re.DOTALL)
    assert line is not None
    heading = f"### {clause.id} · {clause.level}\n\n"
    (without,) = spec.read(clause.page, heading + clause.text.replace(line[0], ""))
    assert without.derived == ()
    assert without.digest == clause.digest


def test_a_lemma_is_read_with_all_its_parts() -> None:
    (lemma,) = read("page", LEMMA)
    assert (lemma.name, lemma.title, lemma.page, lemma.line) == (
        "one-lemma",
        "One lemma",
        "page",
        3,
    )
    assert lemma.kind == "Proved"
    assert lemma.constants == ("8*u", "wide(2, 1)")
    ((clause, algorithm),) = lemma.algorithms
    assert clause == "op/accuracy"
    assert (algorithm.expression, algorithm.definitions) == ("a + b", (("a", "2"),))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("*Proved.* So.", "So.", "derivations/page.md:3: One lemma is to state one of Proved"),
        ("*Proved.* So.", "*Proved.* So.\n\n*Measured.* So.", "it states 2 of them"),
        ("For `op/accuracy`: `a + b`", "`a + b`", "expected 'For `clause`: `expression`'"),
    ],
)
def test_a_lemma_that_cannot_be_read_is_an_error_with_its_line(
    old: str, new: str, says: str
) -> None:
    with pytest.raises(SpecificationError, match=re.escape(says)):
        list(read("page", LEMMA.replace(old, new)))


def test_a_clause_that_names_a_lemma_without_a_link_is_an_error() -> None:
    text = (
        "### op/one · MUST\n\nSo.\n\n*Derived.* softmax\n\n*Why.* W.\n\n*Source.* S.\n\n*Fails.* F."
    )
    with pytest.raises(SpecificationError, match="op/one links to no lemma of derivations/"):
        list(spec.read("page", text))


def test_the_anchor_of_a_heading_is_githubs() -> None:
    assert name_of("Chernoff's inequality") == "chernoffs-inequality"
    assert name_of("Log-softmax near 0") == "log-softmax-near-0"


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_lemmas_of_each_kind(kind: str) -> None:
    assert any(lemma.kind == kind for lemma in LEMMAS.values())
