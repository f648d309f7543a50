"""The markup of a clause shows all its formulas as MathML, and links only to its own report."""

import re
from xml.etree import ElementTree as ET

import pytest

from nnspec import spec
from nnspec.conformance.reports.markup import formula, markup

PAGES = [*spec.pages(), "notation", "README"]


def test_every_formula_of_the_specification_becomes_mathml() -> None:
    count = 0
    for name in PAGES:
        text = re.sub(
            r"^````markdown.*?^````$",
            "",
            (spec.FOLDER / f"{name}.md").read_text(encoding="utf-8"),
            flags=re.DOTALL | re.MULTILINE,
        )
        found = str(markup(text))
        without_code = re.sub(r"<(code|pre)\b.*?</\1>", "", found, flags=re.DOTALL)
        assert "\\" not in without_code, name
        assert "$" not in without_code, name
        for each in re.findall(r"<math\b.*?</math>", found, flags=re.DOTALL):
            assert "merror" not in each
            shown = "".join(ET.fromstring(each).itertext())  # noqa: S314  our own text
            assert shown.strip(), each
            assert not re.search(r"[&\\]|(?<!\w)_|_(?!\w)", shown), each
            count += 1
    assert count > 400


@pytest.mark.parametrize(
    ("latex", "mathml"),
    [
        (r"\mathrm{log\_softmax}(x)", "<mi>log_softmax</mi>"),
        (r"\text{max\_norm}", "<mi>max_norm</mi>"),
        (r"\text{ given }", "<mtext>&#x000A0;given&#x000A0;</mtext>"),
        (r"p \Big\Vert q", "&#x02016;"),
        (
            r"p \log q",
            '<mi>p</mi><mspace width="0.167em" /><mi>log</mi><mspace width="0.167em" /><mi>q</mi>',
        ),
        (r"\log(x)", '<mi>log</mi><mo stretchy="false">&#x00028;</mo>'),
        (r"\min(a, b)", "<mi>min</mi>"),
        (r"\max_j x_j", "<msub><mo>max</mo><mi>j</mi></msub>"),
        (r"f(-\infty)", '<mo form="prefix">&#x02212;</mo><mi>&#x0221E;</mi>'),
        (r"a - b", "<mo>&#x02212;</mo>"),
        (r"\begin{pmatrix} a \\ b \end{pmatrix}^t", "<msup><mrow><mo>&#x00028;</mo><mtable>"),
        (r"\begin{aligned} a &= b \end{aligned}", "<mtable"),
    ],
)
def test_what_the_converter_does_not_know_is_put_otherwise(latex: str, mathml: str) -> None:
    assert mathml in formula(latex)


@pytest.mark.parametrize(
    ("markdown", "link"),
    [
        ("[softmax](activations.md)", '<a href="#activations">softmax</a>'),
        ("[symbols](notation.md)", "<a>symbols</a>"),
        ("[doi](https://doi.org/1)", '<a href="https://doi.org/1" rel="noreferrer">doi</a>'),
        ("![a **curve**](figures/activations.svg)", "<p>a curve</p>"),
        ("<b>no</b>", "&lt;b&gt;no&lt;/b&gt;"),
    ],
)
def test_what_lies_beside_the_pages_is_not_linked(markdown: str, link: str) -> None:
    assert link in markup(markdown)
