"""The command that builds the site: no folder is lost, and what cannot be built is said."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from nnspec.conformance.command import cli
from nnspec.conformance.command.site import build
from tests.command.test_site import pytestmark as _needed

pytestmark = _needed


def test_a_folder_that_was_not_made_here_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("precious", encoding="utf-8")
    assert cli.main(("site", str(tmp_path))) == 2
    assert (
        "holds files of another origin than this command; it is left as it is"
        in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert cli.main(("site", str(tmp_path / "thesis.txt"))) == 2
    assert "thesis.txt is a file" in capsys.readouterr().err


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of two pages in English, which is built in a second."""
    monkeypatch.setattr(build, "assemble", small)
    monkeypatch.setattr(build, "LANGUAGES", {})


def small(source: Path, *_: object, text: str = "# Small\n\n$x$\n") -> None:
    (source / "static").mkdir(parents=True)
    (source / "static" / "site.css").write_text("", encoding="utf-8")
    (source / "extra").mkdir()
    (source / "index.md").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("_small")
def test_a_site_is_built_again_into_its_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    for _ in range(2):
        assert cli.main(("site", str(folder))) == 0
        assert str(folder / "index.html") in capsys.readouterr().out
        assert "<math" in (folder / "index.html").read_text(encoding="utf-8")
        stale = folder / "stale.html"
        assert not stale.exists()
        stale.write_text("", encoding="utf-8")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Small\n\n[nowhere](#clause:relu/nonesuch)\n", "clause:relu/nonesuch"),
        ("# Small\n\n[nowhere](nowhere.md)\n", "nowhere.md"),
        ("# Small\n\n$\\nonesuch x$\n", "no MathML is known for \\nonesuch"),
    ],
)
def test_what_leads_nowhere_or_cannot_be_drawn_is_an_error_and_leaves_nothing(
    text: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(build, "assemble", lambda source, *_: small(source, text=text))
    assert cli.main(("site", str(tmp_path / "site"))) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_what_is_missing_is_named_with_the_way_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "_NEEDED", ("sphinx", "nonesuch_theme"))
    assert cli.main(("site", str(tmp_path / "site"))) == 2
    said = capsys.readouterr().err
    assert "nonesuch_theme cannot be imported: pip install '" in said
    assert {"'furo>=", "'sphinx>=", "'myst-parser>="} == set(re.findall(r"'[\w-]+>=", said))


@pytest.mark.parametrize(
    ("latex", "drawn"),
    [
        (r"\mathrm{softmax}", "<mi>softmax</mi>"),
        (r"\text{max\_norm}", "<mi>max_norm</mi>"),
        (r"\Bigl(p \,\Big\Vert\, q\Bigr)", "&#x02016;"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtr><mtd"),
        (r"\mathbf{1}", 'class="bold"'),
        (
            r"t \log x",
            '<mi>t</mi><mspace width="0.167em" /><mi>log</mi><mspace width="0.167em" /><mi>x</mi>',
        ),
        (r"\lvert x \rvert", 'lspace="0" rspace="0">&#x0007C;</mo><mi>x</mi>'),
        (r"x'", "<mo>&#x02032;</mo>"),
        (r"-\infty", "<mi>&#x0221E;</mi>"),
        (r"\begin{pmatrix} a & b \end{pmatrix}^t", "</mrow><mi>t</mi></msup>"),
    ],
)
def test_what_the_converter_mangles_is_mended(latex: str, drawn: str) -> None:
    found = importlib.import_module("nnspec.conformance.reports.mathml").mathml(latex)
    assert drawn in found
    assert "mathvariant" not in found


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\nonesuch x", r"\\nonesuch"),
        (r"\frac", "no MathML can be made of"),
        (r"\begin{bmatrix} a \end{bmatrix}^t", "msup"),
        (r"\begin{gathered} a & b \end{gathered}", "no MathML is known"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(latex: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        importlib.import_module("nnspec.conformance.reports.mathml").mathml(latex)
