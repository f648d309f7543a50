"""The translations: a file for every page, formulas as in English, words by the glossary, and
punctuation of the language."""

import re
from collections import Counter
from pathlib import Path

import pytest

import nnspec
from nnspec.conformance.command import cli
from nnspec.spec import SpecificationError, clauses, translations
from nnspec.spec.translations import CURRENT, LANGUAGES, MISSING, STALE, Part, Reading
from tests.house import translations as stamps

PAGES = [(page, language) for language in LANGUAGES for page in translations.translated()]

# Formulas, and spans and blocks of code.
_FIXED = re.compile(r"(?P<fence>`{3,}).*?(?P=fence)(?!`)|\$`[^`]+`\$|\$[^$]+\$|`[^`]+`", re.DOTALL)
_LINK = re.compile(r"(\])\(([^)]*)\)")
_HAN = r"[\u4e00-\u9fff]"
# Between Chinese and Latin there is a space, and the marks after Chinese words are full-width.
_CLOSE = re.compile(rf"{_HAN}[A-Za-z0-9$`]|[A-Za-z0-9$`]{_HAN}|{_HAN}[,;:!?]|{_HAN}\.(?!\*)")

# What is left of a sentence that nobody translated.
_ENGLISH = re.compile(r"\b(the|and|is|are|of|if|where)\b", re.IGNORECASE)

# Sources and the words of the English pages stay as they are.
_QUOTED = re.compile(r"^\*来源。\*.*$|\"[^\"]*\"|\*[A-Z][A-Za-z. ]*\*", re.MULTILINE)


def current(page: str, language: str) -> list[tuple[Part, Reading]]:
    """The parts of a page whose translation is current, beside the English."""
    read = translations.readings(page, language)
    originals = translations.originals(page).values()
    return [(part, read[part.name]) for part in originals if read[part.name].state == CURRENT]


def fixed(text: str) -> Counter[str]:
    """The formulas and the code of a text, without their white space, and the targets of links."""
    found = ["".join(match[0].split()) for match in _FIXED.finditer(text)]
    links = _LINK.findall(_FIXED.sub(" ", text))
    targets = [target.removeprefix("../").removeprefix("zh/") for _, target in links]
    return Counter([*found, *targets])


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_each_page_has_a_file_and_no_part_of_it_is_left_over(page: str, language: str) -> None:
    assert stamps.file(page, language).is_file()
    assert translations.translations(page, language).keys() <= translations.originals(page).keys()


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_formulas_code_and_links_are_those_of_the_english_text(page: str, language: str) -> None:
    for part, reading in current(page, language):
        assert fixed(reading.text) == fixed(part.text), part.name


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_links_of_a_file_lead_to_files(page: str, language: str) -> None:
    path = stamps.file(page, language)
    text = _FIXED.sub(" ", path.read_text(encoding="utf-8"))
    for _, target in _LINK.findall(text):
        if not target.startswith("https://"):
            assert (path.parent / target.partition("#")[0]).is_file(), target


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_words_of_the_glossary_are_translated_as_it_says(page: str, language: str) -> None:
    terms = translations.words(language, "terms")
    for part, reading in current(page, language):
        english = _FIXED.sub(" ", _LINK.sub(r"\1", part.text)).lower()
        for term, allowed in terms.items():
            if re.search(rf"(?<![\w-]){re.escape(term.lower())}s?(?![\w-])", english):
                assert any(word in reading.text for word in allowed.split("；")), (
                    f"{part.name}: {term} is {allowed}"
                )


@pytest.mark.parametrize("page", translations.translated())
def test_chinese_has_its_own_punctuation_and_spaces_around_latin(page: str) -> None:
    for part, reading in current(page, "zh"):
        prose = _LINK.sub(r"\1", re.sub(r"(`{3,}).*?\1(?!`)", "", reading.text, flags=re.DOTALL))
        prose = re.sub(r"\$`?[^$]+?`?\$", "$x$", prose)
        prose = re.sub(r"`[^`]*`", "`x`", prose)
        found = _CLOSE.search(prose)
        assert not found, f"{part.name}: {prose[max(0, found.start() - 20) : found.end() + 20]}"
        told = _QUOTED.sub("", prose)
        assert not _ENGLISH.search(told), f"{part.name}: {told}"


def test_a_changed_sentence_makes_its_translation_stale_and_a_new_one_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = dict(translations.translations("activations", "zh"))
    old = known["softmax/accuracy"]
    known["softmax/accuracy"] = Part(old.name, old.heading, old.text, stamps.UNREAD)
    del known["tanh/accuracy"]
    monkeypatch.setattr(translations, "translations", lambda *_: known)
    read = translations.readings("activations", "zh")
    assert read["softmax/accuracy"].state == STALE
    assert read["softmax/accuracy"].text == old.text
    assert read["tanh/accuracy"].state == MISSING
    assert read["tanh/accuracy"].text == clauses()["tanh/accuracy"].requirement
    assert "此译文依据旧版英文" in nnspec.explain("softmax/accuracy", language="zh")
    assert "尚无译文" in nnspec.explain("tanh/accuracy", language="zh")


def test_the_command_lists_what_is_behind_stamps_it_and_adds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stamps, "file", lambda page, _: tmp_path / f"{page}.md")
    # As if every part were translated today.
    whole = translations.originals("activations") | translations.translations("activations", "zh")
    known = dict(whole)
    known["relu/nan"] = Part("relu/nan", "应当", known["relu/nan"].text, stamps.UNREAD)
    del known["relu/accuracy"]
    monkeypatch.setattr(
        "tests.house.translations.translations",
        lambda page, language: known if page == "activations" else {},
    )
    assert stamps.stamped("activations", "zh", ["relu/nan", "relu/accuracy"]) == 1
    text = (tmp_path / "activations.md").read_text(encoding="utf-8")
    stored = translations.read("activations.md", text)
    assert stored["relu/nan"] == whole["relu/nan"]
    assert stamps.added("activations", "zh") == 1
    text = (tmp_path / "activations.md").read_text(encoding="utf-8")
    stored = translations.read("activations.md", text)
    assert list(stored) == list(whole)
    assert stored["relu/accuracy"].digest == stamps.UNREAD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words\n# A\n<!-- A · 01234567 -->\n", "zh/page.md:1: expected a heading and a stamp"),
        ("# A\n\n<!-- A · 01234567 -->\n", "zh/page.md:3: expected a heading above the stamp"),
        ("# A\n<!-- A · 01234567 -->\n" * 2, "zh/page.md:4: A stands twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        translations.read("zh/page.md", text)


def test_explain_speaks_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "softmax/one-class", "--language", "zh"]) == 0
    told = capsys.readouterr().out
    assert "必须" in told
    assert "答案恰为 1。" in told
    assert cli.main(["explain", "softmax/one-class", "--language", "zh", "--format", "json"]) == 0
    assert '"translation": "current"' in capsys.readouterr().out
    with pytest.raises(ValueError, match="expected a language of zh, found 'xx'"):
        nnspec.explain("softmax", language="xx")
