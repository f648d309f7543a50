"""The site in another language: its pages, its labels, its links into the English site."""

import re

import pytest

from nnspec.conformance.command.site import search, switch, translated
from nnspec.spec import clauses, pages, translations
from nnspec.spec.translations import Part
from tests.house.translations import UNREAD


def section(page: str, clause: str) -> str:
    """What a page says of a clause."""
    text = translated.page(page, "zh")
    return text.partition(f"(clause:{clause})=")[2].partition("\n(clause:")[0]


def test_a_clause_reads_in_the_language_under_translated_labels() -> None:
    text = section("activations", "softmax/shift-invariance")
    assert "### softmax/shift-invariance · 必须" in text
    assert "对该格式能够精确相加的每个常数 $c$ 成立。" in text
    assert "*误差界。* 同 [`softmax/accuracy`](#clause:softmax/accuracy)" in text
    assert ">>> softmax(" in text
    assert "*理由。*" in text
    assert "*参考实现。* [`softmax`](english:reference/activations.html#softmax)" in text
    assert "](english:mistakes/activations.html#softmax-shift-invariance)" in text
    assert "[英文条款](english:spec/activations.html#softmax-shift-invariance)" in text
    assert clauses()["softmax/shift-invariance"].requirement.split("```")[-1].strip() not in text


def test_the_example_of_a_clause_stays_english() -> None:
    assert "*Bound.* That of `softmax/accuracy`." in translated.page("README", "zh")


def test_every_clause_stands_on_its_page_and_in_the_index() -> None:
    index = translated.index("zh")
    for page in pages():
        text = translated.page(page, "zh")
        for clause in clauses().values():
            if clause.page == page:
                assert f"(clause:{clause.id})=" in text
                assert f"- [{clause.id}](#clause:{clause.id}) · " in index


def test_a_stale_translation_and_a_missing_one_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(translations.translations("dynamics", "zh"))
    known["Units"] = Part("Units", "单元", "", UNREAD)
    old = known["mlp_vjp/twins"]
    known["mlp_vjp/twins"] = Part(old.name, old.heading, old.text, UNREAD)
    del known["mlp_vjp/zig-zag"]
    monkeypatch.setattr(translations, "translations", lambda *_: known)
    stale, missing = (section("dynamics", f"mlp_vjp/{each}") for each in ("twins", "zig-zag"))
    link = "](english:spec/dynamics.html#mlp_vjp"
    assert f"{old.text}\n\n> [此译文依据旧版英文，请以英文为准{link}-twins)" in stale
    assert f"> [尚无译文，以下为英文{link}-zig-zag)" in missing
    assert clauses()["mlp_vjp/zig-zag"].requirement[:60] in missing


@pytest.mark.parametrize(
    ("page", "language", "twin"),
    [
        ("index", "", "zh/index.html"),
        ("spec/activations", "", "../zh/activations.html"),
        ("reference/activations", "", "../zh/activations.html"),
        ("spec/README", "", "../zh/index.html"),
        ("conformance/command/certify", "", "../../zh/index.html"),
        ("activations", "zh", "../spec/activations.html"),
        ("index", "zh", "../index.html"),
        ("glossary", "zh", "../index.html"),
        ("search", "zh", "../search.html"),
    ],
)
def test_the_switch_leads_to_the_same_page_or_the_nearest(
    page: str, language: str, twin: str
) -> None:
    (found,) = re.findall(r'href="([^"]+)"', switch.switch(page, language))
    assert found == twin


def test_the_search_finds_a_clause_by_words_of_the_language() -> None:
    script = search.scripts("zh")["clauses.js"]
    assert '"id": "softmax/one-class", "level": "必须"' in script
    assert '"at": "activations.html#softmax-one-class"' in script
    assert "答案恰为 1" in script


def test_the_switch_of_an_operation_leads_to_its_page() -> None:
    assert 'href="../zh/adaptive.html"' in switch.switch("operations/adam", "")
