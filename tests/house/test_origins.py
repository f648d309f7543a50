"""The page on the origins: every statement has a verdict, and every name on the page exists."""

import math
import re
from collections import Counter

import numpy as np
import pytest
from scipy.stats import norm

from nnspec import reference, spec

PAGE = (spec.FOLDER / "origins.md").read_text(encoding="utf-8")
VERDICTS = ("Right.", "Right, but", "Wrong, because", "Open.", "Answered.")
STATEMENT = re.compile(r"\*\*(\d)\.(\d+)\.\*\* ((?:.+\n?)+)")
VERDICT = re.compile(r"\*([A-Z][a-z]+(?:\.|, \w+))\*")
NAME = re.compile(r"`([^`]+)`")


def statements() -> dict[tuple[int, int], str]:
    """Return the text of each statement by the numbers of its text and its place."""
    return {
        (int(text), int(place)): " ".join(told.split())
        for text, place, told in STATEMENT.findall(PAGE)
    }


def verdict(told: str) -> str:
    """Return the verdict on a statement; raises ValueError if there is not exactly one."""
    (found,) = VERDICT.findall(told)
    return str(found)


def test_statements_are_numbered_without_a_gap_and_stand_under_their_text() -> None:
    texts = [int(each) for each in re.findall(r"^## (\d)\. ", PAGE, re.MULTILINE)]
    assert texts == [1, 2, 3, 4]
    numbers = list(statements())
    assert len(numbers) > 130
    for text in texts:
        places = [place for number, place in numbers if number == text]
        assert places == list(range(1, len(places) + 1))
        part = PAGE.partition(f"## {text}. ")[2].partition("\n## ")[0]
        assert len(re.findall(rf"^\*\*{text}\.", part, re.MULTILINE)) == len(places)


def test_every_statement_has_one_verdict_and_names_a_clause_or_a_function() -> None:
    for number, told in statements().items():
        claim, _, comment = told.partition(f"*{verdict(told)}*")
        assert verdict(told) in VERDICTS, number
        assert claim.rstrip(" *").endswith((".", "?")), number
        assert "`" not in claim, number
        assert NAME.findall(comment), number
        if verdict(told) in ("Right, but", "Wrong, because"):
            assert len(NAME.sub("", comment).split()) > 3, number


def anchored(clause: spec.Clause) -> str:
    """Return the address that GitHub gives the heading of a clause."""
    heading = f"{clause.id} · {clause.level}".lower()
    return f"{clause.page}.md#{re.sub(r'[^-_a-z0-9 ]', '', heading).replace(' ', '-')}"


def test_every_clause_function_and_page_that_the_page_names_exists_and_is_linked() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (spec.FOLDER / target).is_file(), target
    body, addresses = re.split(r"\n\n(?=\[`[^`]+`\]: \S+\n)", PAGE, maxsplit=1)
    names = set(NAME.findall(body))
    assert not names - {*spec.clauses(), *reference.__all__}
    assert NAME.findall(body) == re.findall(r"\[`([^`]+)`\]", body)
    clause_of = {name: name if "/" in name else f"{name}/accuracy" for name in names}
    due = [f"[`{name}`]: {anchored(spec.clauses()[clause_of[name]])}" for name in sorted(names)]
    assert addresses.splitlines() == due


def test_the_table_counts_the_statements_by_text_and_verdict() -> None:
    counted = Counter((text, verdict(told)) for (text, _), told in statements().items())
    for each in VERDICTS:
        row = re.search(rf"^\| \*{re.escape(each)}\* \|.*?\|(.+)\|$", PAGE, re.MULTILINE)
        assert row is not None, each
        printed = [int(cell) for cell in row[1].split("|")]
        assert printed == [counted[text, each] for text in (1, 2, 3, 4)], each


def test_the_sentences_to_unlearn_are_those_with_the_verdict_wrong() -> None:
    listed = re.findall(r"^- ((?:\d\.\d+(?: and )?)+):", PAGE, re.MULTILINE)
    wrong = [number for number, told in statements().items() if verdict(told) == "Wrong, because"]
    named = re.findall(r"\d\.\d+", " ".join(listed))
    assert named == [f"{text}.{place}" for text, place in wrong]
    assert len(wrong) == 14
    assert "\nFourteen sentences are to be unlearned:\n" in PAGE


def test_every_clause_that_corrects_a_usual_sentence_is_named() -> None:
    correcting = {
        name for name, clause in spec.clauses().items() if "usual sentence" in clause.text
    }
    assert len(correcting) > 8
    assert correcting <= set(NAME.findall(PAGE))


def sizes(product: float) -> list[float]:
    """Return the root mean square after each of six wide tanh layers, for v·fan_in."""
    z = np.linspace(-12.0, 12.0, 4801)
    density = norm.pdf(z) * (z[1] - z[0])
    size, found = 1.0, []
    for _ in range(6):
        size = math.sqrt(np.sum(np.tanh(math.sqrt(product) * size * z) ** 2 * density))
        found.append(size)
    return found


def test_signals_at_the_width_of_the_text_have_the_sizes_that_the_page_prints() -> None:
    told = statements()
    collapsing = sizes(0.01**2 * 4096)
    assert ", ".join(f"{each:.2f}" for each in collapsing) in told[4, 23]
    saturated = sizes(0.05**2 * 4096)
    assert f"the signal is {saturated[-1]:.2f}" in told[4, 25]
    beyond = 2 * norm.sf(math.atanh(0.95) / math.sqrt(0.05**2 * 4096) / saturated[-1])
    assert beyond == pytest.approx(0.5, abs=0.005)
    assert f"it is {sizes(0.05**2 * 512)[-1]:.2f} in the last layer" in told[4, 25]
    assert f"{math.sqrt(1 - 1 / math.pi):.3f}" in told[4, 35]
