"""The loader: what it reads, and that what it cannot read is an error with page and line."""

from pathlib import Path

import pytest

from nnspec import spec
from nnspec.spec import Formula, SpecificationError

CLAUSE = """# Page

### op/property · MUST

The sentence, $x$, over
two lines.

*Bound.* `a*u` with `a = 2`, `b = a`

*Inputs.* `everyday`

*Given.* `epsilon`, `beta1`

```python
>>> op([1.0, -inf], axis=0)
[1, nan]
>>> op([2], axis=-1)
[2]
```

*Why.* Because.

*Source.* Ours.

*Fails.* The answer is off
by more.
"""


def test_a_clause_is_read_with_all_its_parts() -> None:
    (clause,) = spec.read("page", CLAUSE)
    assert (clause.id, clause.level, clause.page, clause.line) == ("op/property", "MUST", "page", 3)
    assert clause.requirement == "The sentence, $x$, over\ntwo lines."
    assert clause.bound == Formula("a*u", (("a", "2"), ("b", "a")))
    assert clause.inputs == "`everyday`"
    assert clause.why == "Because."
    assert clause.source == "Ours."
    assert clause.operation == "op"
    assert clause.fails == "The answer is off by more."
    assert clause.given == ("epsilon", "beta1")
    assert clause.judged_by == "answers"
    assert (clause.named, clause.excepted) == ((), ())
    assert clause.speaks_of("anything")


def test_a_clause_states_its_formula_in_one_form_or_several() -> None:
    stated = (
        "*Formula.* `a + b` with `a = 2`,\n`b = a`\n\n*Formula.* That of the bound.\n\n*Bound.*"
    )
    (clause,) = spec.read("page", CLAUSE.replace("*Bound.*", stated))
    assert clause.formulas == (
        Formula("a + b", (("a", "2"), ("b", "a"))),
        Formula("a*u", (("a", "2"), ("b", "a"))),
    )
    assert clause.bound == clause.formulas[1]


def test_a_bound_that_is_a_running_error_states_the_formula() -> None:
    (clause,) = spec.read("page", CLAUSE)
    assert clause.formulas == ()
    (running,) = spec.read("page", CLAUSE.replace("*Bound.*", "*Bound.* Running error of"))
    assert running.bound is not None
    assert running.bound.running
    assert running.formulas == (Formula("a*u", (("a", "2"), ("b", "a"))),)


def test_examples_are_read_with_their_lines() -> None:
    (clause,) = spec.read("page", CLAUSE)
    first, second = clause.examples
    assert (first.operation, first.arguments, first.parameters, first.answer) == (
        "op",
        ((1.0, float("-inf")),),
        (("axis", 0),),
        "[1, nan]",
    )
    assert CLAUSE.splitlines()[first.line - 1] == first.call == ">>> op([1.0, -inf], axis=0)"
    assert CLAUSE.splitlines()[second.line - 1] == second.call


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            "### op/property · MUST",
            "### op/property MUST",
            3,
            "expected '### operation/property · MUST or SHOULD or Informative'",
        ),
        ("### op/property · MUST", "### op/property · MAY", 3, "expected '### operation/property"),
        ("### op/property · MUST", "### Op/property · MUST", 3, "expected '### operation/property"),
        ("*Why.* Because.", "", 3, "op/property has no why"),
        ("*Source.* Ours.", "", 3, "op/property has no source"),
        ("*Fails.* The answer is off\nby more.", "", 3, "op/property has no fails"),
        ("The sentence, $x$, over\ntwo lines.", "", 3, "op/property has no requirement"),
        ("`epsilon`, `beta1`", "epsilon", 3, "op/property lists no given in `code`"),
        ("*Given.*", "*Operations.*", 3, "op/property speaks of one operation"),
        ("*Given.*", "*Formula.* Words.\n\n*Given.*", 3, "op/property states a formula without"),
        (
            "*Given.* `epsilon`",
            "*Judged by.* `leaps`",
            3,
            "expected one of `answers`, `steps`, `mean`",
        ),
        (
            "# Page\n",
            "*Judged by.* leaps",
            1,
            "found '*Judged by.*",
        ),
        (
            ">>> op([1.0, -inf], axis=0)",
            ">>> op(import os)",
            15,
            "expected '>>> operation(numbers, name=number)'",
        ),
        (
            ">>> op([1.0, -inf], axis=0)",
            ">>> op(open('x'))",
            15,
            "expected '>>> operation(numbers, name=number)'",
        ),
        (
            ">>> op([1.0, -inf], axis=0)",
            ">>> op(-'one')",
            15,
            "expected '>>> operation(numbers, name=number)'",
        ),
        (
            ">>> op([1.0, -inf], axis=0)",
            ">>> op([1.0], **{'axis': 0})",
            15,
            "expected '>>> operation(numbers, name=number)'",
        ),
        ("[1, nan]\n", "", 15, "expected '>>> operation(numbers, name=number)' and an answer"),
        ("```python", "```python\n```\n\n```python", 14, "in a block of Python"),
        ("[2]\n```", "[2]", 14, "a code block opens here and does not close"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_page_and_line(
    old: str, new: str, line: int, says: str
) -> None:
    assert old in CLAUSE
    with pytest.raises(SpecificationError) as raised:
        list(spec.read("page", CLAUSE.replace(old, new)))
    assert str(raised.value).startswith(f"page.md:{line}: ")
    assert says in str(raised.value)


def test_a_page_says_once_how_its_clauses_are_judged_and_a_clause_may_say_otherwise() -> None:
    of_steps = CLAUSE.replace("# Page\n", "# Page\n\n*Judged by.* `steps`, each from the last.\n")
    otherwise = of_steps.replace("*Given.*", "*Judged by.* `answers`\n\n*Given.*")
    words = [clause.judged_by for text in (of_steps, otherwise) for clause in spec.read("p", text)]
    assert words == ["steps", "answers"]


@pytest.mark.parametrize(
    ("operations", "spoken_of"),
    [("`one`, `two`", {"one", "two"}), ("All but `one`.", {"two", "three"})],
)
def test_a_clause_named_after_its_page_may_say_of_which_operations_it_speaks(
    operations: str, spoken_of: set[str]
) -> None:
    text = CLAUSE.replace("*Given.* `epsilon`, `beta1`", f"*Operations.* {operations}")
    (clause,) = spec.read("op", text)
    assert {name for name in ("one", "two", "three") if clause.speaks_of(name)} == spoken_of


def test_only_a_clause_that_binds_has_to_say_what_fails() -> None:
    text = CLAUSE.replace("*Fails.* The answer is off\nby more.", "")
    (clause,) = spec.read("page", text.replace("MUST", "Informative"))
    assert clause.fails == ""


def test_a_section_heading_ends_a_clause() -> None:
    (clause,) = spec.read("page", CLAUSE + "\n## Next\n\nNot part of it.\n")
    assert "Not part" not in clause.text


def test_an_id_that_stands_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "README.md").write_text("| [page](page.md) | |\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(CLAUSE + CLAUSE, encoding="utf-8")
    monkeypatch.setattr(spec, "FOLDER", tmp_path)
    spec.clauses.cache_clear()
    try:
        with pytest.raises(
            SpecificationError,
            match=rf"page.md:{3 + CLAUSE.count(chr(10))}: "
            r"op/property stands already in line 3 of page.md",
        ):
            spec.clauses()
    finally:
        monkeypatch.undo()
        spec.clauses.cache_clear()


def test_the_digest_follows_the_text_and_not_the_white_space() -> None:
    (clause,) = spec.read("page", CLAUSE)
    (folded,) = spec.read("page", CLAUSE.replace("over\ntwo", "over  two"))
    (changed,) = spec.read("page", CLAUSE.replace("two lines", "three lines"))
    assert clause.digest == folded.digest != changed.digest
    assert len(spec.digest()) == 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("*Fails.* The answer is off\nby more.", "*Fails.* It is wrong."),
        ("*Given.* `epsilon`, `beta1`\n", ""),
        ("*Given.*", "*Judged by.* `steps`\n*Given.*"),
        ("*Given.*", "*Formula.* `2*x`\n\n*Given.*"),
    ],
)
def test_the_digest_of_a_clause_is_of_what_it_asks_and_not_of_how_it_is_judged(
    old: str, new: str
) -> None:
    (clause,) = spec.read("page", CLAUSE)
    (other,) = spec.read("page", CLAUSE.replace(old, new))
    assert other.text != clause.text
    assert other.digest == clause.digest


def test_the_digest_of_the_specification_is_of_all_of_its_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digests = set()
    for text in (CLAUSE, CLAUSE.replace("off\nby", "wrong by"), CLAUSE.replace("`beta1`", "`b`")):
        read = {clause.id: clause for clause in spec.read("page", text)}
        monkeypatch.setattr(spec, "clauses", lambda read=read: read)
        digests.add(spec.digest())
    assert len(digests) == 3


def test_a_page_without_a_clause_has_none() -> None:
    assert list(spec.read("page", "# Page\n\nOnly words.\n")) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("é\r\né\r\n".encode() + b"caf\xe9", "page.md:3: expected UTF-8, found the byte 0xe9"),
        (None, "README.md lists the page page, which cannot be read: No such file"),
    ],
)
def test_a_page_that_is_no_text_is_refused(
    data: bytes | None, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("| [page](page.md) |\n", encoding="utf-8")
    if data is not None:
        (tmp_path / "page.md").write_bytes(data)
    monkeypatch.setattr(spec, "FOLDER", tmp_path)
    with pytest.raises(SpecificationError) as raised:
        spec.clauses.__wrapped__()
    assert str(raised.value).startswith(says)
