"""Sentences of docstrings have at most 25 words, and lines at most 100 columns.

`python tests/house/test_prose.py conformance/reports spec/__init__.py` prints every breach there.
Without a path it prints all.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
WORDS, COLUMNS = 25, 100

# What stands under these headings of the reference is a card of formulas and names, not prose.
CARDS = ("Formula", "Shapes", "Units", "Source")

HEADING = re.compile(r"[A-Z][A-Za-z ]*")
CODE = re.compile(r"(`+).+?\1")

# After these a full stop ends no sentence; nor does it after an initial: N. Higham.
ABBREVIATIONS = {"e.g", "i.e", "cf", "vs", "al", "pp", "p", "no", "vol", "fig", "eq", "sec", "ch"}

# A full stop may have a bracket or a quotation mark behind it. Without a space it is a decimal's,
# a name's or a DOI's.
STOP = re.compile(r"[.!?:;][)\]\"'”’]*(?=\s|$)")

OPERATOR = re.compile(r"[-−+*/·×=<>≤≥≠≈←→±~^∘∈]+")
PLAIN = re.compile(r"[A-Za-z]{3,}")


class Breach(NamedTuple):
    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.text}"


def modules() -> list[Path]:
    """Every module of ours, as the folders hold it and not as the links of `nnspec` do."""
    packages = [ROOT / name for name in ("spec", "reference", "conformance")]
    found = [path for package in packages for path in package.rglob("*.py")]
    return sorted([*found, *(ROOT / "nnspec").glob("*.py")])


def breaches(path: Path) -> Iterator[Breach]:
    """Yield the lines of a module that are too long, then the sentences."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > COLUMNS:
            yield Breach(path, number, f"{len(line)} columns")
    for number, documentation in docstrings(ast.parse(text)):
        for paragraph, sentence in sentences(documentation):
            if (count := words(sentence)) > WORDS:
                start = " ".join(sentence.split()[:6])
                yield Breach(path, number + paragraph, f"{count} words: {start} …")


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every docstring with the number of its first line."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            documentation = ast.get_docstring(node)
            if documentation is not None:
                yield node.body[0].lineno, documentation


def sentences(documentation: str) -> Iterator[tuple[int, str]]:
    """Yield every sentence of a docstring with the index of the line its paragraph starts at."""
    for number, paragraph in paragraphs(documentation):
        text, start = CODE.sub("code", paragraph), 0
        for stop in STOP.finditer(text):
            if not abbreviates(text[start : stop.start()], stop[0]):
                yield number, text[start : stop.end()]
                start = stop.end()
        yield number, text[start:]


def paragraphs(documentation: str) -> Iterator[tuple[int, str]]:
    """Yield every paragraph of prose: list items are, cards and indented blocks are not."""
    heading, number, held = "", 0, []
    lines = [*documentation.splitlines(), ""]
    for index, line in enumerate(lines):
        indented, content = line.startswith(" "), line.strip()
        opens = bool(HEADING.fullmatch(line)) and lines[index + 1].startswith("    ")
        item = content.startswith(("- ", "* "))
        if held and (opens or item or not content or (heading and not indented)):
            yield number, " ".join(held)
            held = []
        if opens or (content and not indented):
            heading = line if opens else ""
        prose = heading not in CARDS if heading else bool(held) or not indented
        if content and prose and not opens:
            number = number if held else index
            held.append(content)


def abbreviates(before: str, stop: str) -> bool:
    """Say whether a full stop belongs to the word before it."""
    last = re.split(r"[\s(]", before)[-1]
    initial = len(last) == 1 and last.isupper()
    return stop == "." and (initial or last.lower() in ABBREVIATIONS)


def words(sentence: str) -> int:
    """Count the words of a sentence, a formula as one."""
    tokens = [each for each in sentence.split() if OPERATOR.fullmatch(each) or named(each)]
    count = place = 0
    while place < len(tokens):
        place = behind(tokens, place)
        count += 1
    return count


def named(token: str) -> bool:
    return any(each.isalnum() for each in token)


def behind(tokens: list[str], place: int) -> int:
    """The place behind the word at a place, which is a whole formula where an operator follows."""
    end = place + 1
    # f(x, y) has its arguments with it; a bracket that opens prose stands before the first word.
    inside = re.search(r"\w[(\[]", tokens[place]) is not None
    while end < len(tokens):
        if joins(tokens, end):
            end, inside = min(end + 2, len(tokens)), True
        elif inside and depth(tokens[place:end]) > 0:
            end += 1
        else:
            break
    return end


def joins(tokens: list[str], place: int) -> bool:
    """Say whether a token is an operator; a dash between two plain words is none."""
    if not OPERATOR.fullmatch(tokens[place]):
        return False
    beside = tokens[place - 1 : place] + tokens[place + 1 : place + 2]
    return tokens[place] != "-" or not all(PLAIN.fullmatch(each.strip("().,")) for each in beside)


def depth(tokens: list[str]) -> int:
    text = "".join(tokens)
    return sum(map(text.count, "([")) - sum(map(text.count, ")]"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_sentences_and_lines_of_a_module_are_short(path: Path) -> None:
    assert [str(each) for each in breaches(path)] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three? four", 4),
        ("The bound: one rounding; measured 0.36 ulp.", 3),
        ("Some libraries, e.g. torch, i.e. those of Higham 2002, section 3.3, do.", 1),
        ("See N. Higham et al. 2021, doi:10.1093/imanum/draa038, for more.", 1),
        ("It is (so to speak.) Done.", 2),
        ("First `a. b; c` and `x: y` last.", 1),
        ("A line\nthat goes on.\n\nA paragraph without an end\n\n- an item\n- another", 4),
    ],
)
def test_sentences_end_where_readers_end_them(text: str, parts: int) -> None:
    assert len([each for _, each in sentences(text) if each.strip()]) == parts


def test_cards_and_blocks_are_no_prose() -> None:
    text = """Sum of two.

    Formula
        y = a + b. More of it.
    Accuracy
        `ulp(y)/2`; one rounding.
    Raises
        TypeError if a is none.
    Source
        A. Author, "Title" (1999).
    """
    found = [each.strip() for _, each in sentences(re.sub("^    ", "", text, flags=re.MULTILINE))]
    assert [each for each in found if each] == [
        "Sum of two.",
        "code;",
        "one rounding.",
        "TypeError if a is none.",
    ]
    assert [each for _, each in sentences("Run\n\n    a command. of code\n\nand go.")] == [
        "Run",
        "and go.",
        "",
    ]


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("The answer is x.", 4),
        ("It computes code + y · z and stops.", 5),
        ("with e = e^-|x| formed once", 4),
        ("where f(x, y, z) is below 1", 5),
        ("s · (a - sum of all) is the vjp", 4),
        ("a dash - like this - is two", 6),
        ("(a bracket of words) counts in full", 7),
        ("x ≤ y < z", 1),
    ],
)
def test_a_formula_is_one_word(sentence: str, count: int) -> None:
    assert words(sentence) == count


def test_breaches_are_found_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        f'"""Short.\n\n{"word " * 13}\n{"word " * 13}."""\n# {"x" * 99}\n', encoding="utf-8"
    )
    assert [(each.line, each.text) for each in breaches(path)] == [
        (5, "101 columns"),
        (3, "26 words: word word word word word word …"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python tests/house/test_prose.py")
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT])
    parser.add_argument("--names", action="store_true", help="print the names of modules only")
    options = parser.parse_args()
    asked = [path.resolve() for path in options.paths]
    found = [
        each
        for path in modules()
        if any(path.is_relative_to(one) for one in asked)
        for each in breaches(path)
    ]
    names = sorted({each.path.relative_to(ROOT).as_posix() for each in found})
    print("\n".join(names if options.names else map(str, found)))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
