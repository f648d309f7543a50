"""The files of all figures: numbers, pictures, and the page that shows both."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from nnspec import spec
from tests.reports.figures import (
    activations,
    cliff,
    depth,
    descent,
    histograms,
    normalization,
    perceptron,
    preprocessing,
    rounding,
    saddle,
    training,
    zigzag,
)
from tests.reports.figures.drawing import Numbers, Picture, shown, stored

FOLDER = spec.FOLDER / "figures"
PAGE = spec.FOLDER / "figures.md"

# In the order of the pages.
_MODULES = (
    activations,
    rounding,
    perceptron,
    descent,
    saddle,
    cliff,
    histograms,
    depth,
    normalization,
    preprocessing,
    zigzag,
    training,
)

PICTURES: dict[str, Picture] = {each.name: each for module in _MODULES for each in module.PICTURES}

_OPENING = """# Figures

The pictures of these pages, each with its numbers. The functions of the reference compute the
numbers, on the experiments that the sources of this specification describe, at their sizes. *The
source* is the text that describes the experiment. Each picture is drawn from the stored file of its
numbers, and tests compute these again. The digits are scikit-learn's: 1,797 images of 8 × 8 pixels,
each pixel standardized.
"""
_WIDE = 100
_FORMULA = re.compile(r"\$[^$]+\$")


def numbers(name: str, folder: Path = FOLDER) -> Numbers:
    """Return the stored numbers of a figure."""
    found: Numbers = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def write(names: Sequence[str] = (), folder: Path = FOLDER) -> None:
    """Compute and write the numbers of figures, of all without names, and draw them."""
    folder.mkdir(exist_ok=True)
    for name in names or PICTURES:
        text = _json(stored(PICTURES[name].measure()))
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        draw(name, folder)


def draw(name: str, folder: Path, source: Path | None = None) -> None:
    """Draw a figure from its stored numbers."""
    drawn = PICTURES[name].draw(numbers(name, source or folder))
    drawn.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _json(found: Numbers) -> str:
    """Return numbers with one line for a row of the table, and one for a curve."""
    rows = ",\n".join(f"    {json.dumps(each, ensure_ascii=False)}" for each in found["rows"])
    parts = [f'  "rows": [\n{rows}\n  ]']
    if curves := found.get("curves"):
        lines = ",\n".join(
            f"    {json.dumps(name)}: {json.dumps(each, separators=(',', ':'))}"
            for name, each in curves.items()
        )
        parts.append(f'  "curves": {{\n{lines}\n  }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def page() -> str:
    """Return the page of all figures: each picture with its caption and its table."""
    parts = [_OPENING]
    for name, each in PICTURES.items():
        found = numbers(name)
        parts += [
            f"## {each.title}\n",
            f"![{each.alt}](figures/{name}.svg)\n",
            _folded(each.brief(found)),
            _folded(
                f"{each.more(found)} The picture belongs to the page [{each.page}]({each.page}.md)."
            ),
            "\n".join(_table(found)) + "\n",
            f"[All numbers of the picture](figures/{name}.json)\n",
        ]
    return "\n".join(parts)


def paragraphs(each: Picture) -> str:
    """Return the picture and the caption by which a page shows a figure."""
    anchor = re.sub(r"[^\w\- ]", "", each.title.lower()).replace(" ", "-")
    caption = _folded(f"{each.brief(numbers(each.name))} [Table](figures.md#{anchor})")
    return f"![{each.alt}](figures/{each.name}.svg)\n\n{caption}"


def _folded(text: str) -> str:
    """Return a paragraph in lines of the pages' width; no formula is broken."""
    whole = _FORMULA.sub(lambda match: match[0].replace(" ", "\0"), text)
    lines = textwrap.fill(whole, _WIDE, break_long_words=False, break_on_hyphens=False)
    return lines.replace("\0", " ") + "\n"


def _table(found: Numbers) -> Iterator[str]:
    heads = list(found["rows"][0])
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' if number == 0 else '---:' for number, _ in enumerate(heads))}|"
    for each in found["rows"]:
        yield f"| {' | '.join(shown(value) for value in each.values())} |"
