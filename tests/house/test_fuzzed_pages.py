"""Whatever the author of a page types is read, or refused with the page, the line and a reason."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec import spec
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.programs.tree import parsed
from nnspec.spec import SpecificationError
from tests.fuzzing.strategies import budget, cut
from tests.fuzzing.tally import tallied
from tests.house.test_specification import CLAUSE

PAGE = CLAUSE + CLAUSE.partition("\n\n")[2].replace("op/property", "op/other")

LINES = (
    *("", "###", "### op/property · MUST", "### op/new · MAY", "## Other", "# T", "#### deep"),
    *("```", "```python", "~~~", "    indented", ">>> op(1)", ">>> op([1], axis=)", "[1]"),
    *(">>> op(-'a')", ">>> op(-[1])", ">>> op({[1]: 2})", ">>> op({1, [2]})", ">>> op(**{})"),
    *(">>> op(*[1])", ">>> op('\\d')", ">>> op(1if 2else 3)", ">>> op(" + "9" * 5000 + ")"),
    *(">>> op(" + "[" * 300 + "]" * 300 + ")", ">>> op(" + "-" * 3000 + "1)", ">>> op(x\x00)"),
    *(">>> op(1+2j)", ">>> op(f'{1}')", ">>> op(b'a')", ">>> op(1)(2)", ">>> a.op(1)"),
    *("*Bound.* `", "*Bound.*", "*Bound.* `" + "(" * 500 + "`", "*Bound.* `a with `b = `"),
    *("*Bound.* `u\x00`", "*Bound.* `" + "1+" * 4000 + "1`", "*Bound.* `x[0]`", "*Bound.* `1_`"),
    *("*Formula.* none", "*Formula.* `a, b, `", "*Formula.* `a` with `1 = 2`, `b == c`"),
    *("*Operations.* relu", "*Operations.* All but `op`.", "*Operations.* `op`", "*Given.* none"),
    *("*Judged by.* `luck`", "*Judged by.* `steps`", "*Judged by.*", "*Why.*", "*Why.* So."),
    *("*Source.* *Fails.* *Why.*", "*Fails.*", "*Inputs.* `", "*Unknown.* label", "| a | b |"),
    *("\x0c", "\u2028*Why.* x", "\x1c### op/x · MUST", "\ufeff### op/x · MUST", "\x85", "a\rb"),
    *("$x", "<script>", "\u202e", "é" * 200, "\x00"),
)


@st.composite
def edited(draw: st.DrawFn) -> bytes:
    """Return a page after one to four edits of its lines or of its bytes."""
    lines = PAGE.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del lines[place : place + draw(st.integers(1, 3))]
            case 1:
                lines.insert(place, draw(st.sampled_from(LINES)))
            case 2:
                lines[place] = draw(st.sampled_from(LINES))
            case 3:
                lines[place] += draw(st.sampled_from(LINES))
            case _:
                other = draw(st.integers(0, len(lines) - 1))
                lines[place], lines[other] = lines[other], lines[place]
        lines = lines or [""]
    text = "\n".join(lines).encode()
    return draw(cut(text)) if draw(st.booleans()) else text


def read(folder: Path, data: bytes) -> str:
    """Read a page as the suite does, and say how that ended; a refusal names an existing line."""
    (folder / "page.md").write_bytes(data)
    refusal = ""
    try:
        found = spec.clauses.__wrapped__()
    except SpecificationError as error:
        refusal = str(error)
    if refusal:
        place = re.match(r"page\.md:(\d+): .", refusal)
        assert place is not None, refusal
        assert 1 <= int(place[1]) <= data.count(b"\n") + data.count(b"\r") + 1, refusal
        return "refused"
    for clause in found.values():
        for formula in (*clause.formulas, *([clause.bound] if clause.bound else [])):
            for expression in (formula.expression, *(each for _, each in formula.definitions)):
                with suppress(BoundError):
                    parsed(expression)
    return "read"


def test_whatever_is_typed_into_a_page_is_read_or_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("| [page](page.md) |\n", encoding="utf-8")
    monkeypatch.setattr(spec, "FOLDER", tmp_path)
    with tallied("clause pages") as tally:

        @budget(1000)
        @given(edited())
        def typed(data: bytes) -> None:
            tally.of(lambda: read(tmp_path, data))

        typed()
    assert min(tally.ended["read"], tally.ended["refused"]) > 100
