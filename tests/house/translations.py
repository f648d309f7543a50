"""What is stale or missing in the translations, and the stamps of what a translator has looked at.

python -m tests.house.translations                 list stale, missing and left-over parts
python -m tests.house.translations --stamp NAME …  say that these parts are translated anew
python -m tests.house.translations --add           put missing parts into the files, in English

A part is a clause, or a section by its English heading. An added part keeps the stamp of no text,
and stays stale until its translator stamps it.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from nnspec.spec import FOLDER
from nnspec.spec.translations import (
    CURRENT,
    LANGUAGES,
    Part,
    originals,
    readings,
    said,
    stamp,
    translated,
    translations,
)

# The stamp of a part that nobody has translated: no text has this digest.
UNREAD = "0" * 8


def behind(language: str) -> Iterator[tuple[str, str, str]]:
    """Yield page, name and state of each part that is stale or missing, or left over."""
    for page in translated():
        for name, reading in readings(page, language).items():
            if reading.state != CURRENT:
                yield page, name, reading.state
        for name in translations(page, language).keys() - originals(page).keys():
            yield page, name, "left over"


def file(page: str, language: str) -> Path:
    """Return the file of a page in a language."""
    return FOLDER / language / f"{page}.md"


def write(page: str, language: str, parts: dict[str, Part]) -> None:
    """Write the parts of a page in the order of the English ones; those left over come last."""
    order = [*originals(page), *(parts.keys() - originals(page).keys())]
    lines: list[str] = []
    for number, part in enumerate(parts[name] for name in order if name in parts):
        clause = "/" in part.name
        heading = f"### {part.name} · {part.heading}" if clause else f"## {part.heading}"
        lines += [heading if number else heading.removeprefix("#"), stamp(part.name, part.digest)]
        lines += ["", part.text, ""] if part.text else [""]
    file(page, language).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def stamped(page: str, language: str, names: list[str]) -> int:
    """Stamp the named parts of a page with the digests of today, and return how many these are."""
    parts = dict(translations(page, language))
    chosen = [name for name in names if name in parts and name in originals(page)]
    for name in chosen:
        original, old = originals(page)[name], parts[name]
        heading = said(original.heading, language) if "/" in name else old.heading
        parts[name] = Part(name, heading, old.text, original.digest)
    if chosen:
        write(page, language, parts)
    return len(chosen)


def added(page: str, language: str) -> int:
    """Put the missing parts of a page into its file, in English, and return how many these are."""
    parts = dict(translations(page, language))
    missing = [part for name, part in originals(page).items() if name not in parts]
    for part in missing:
        heading = said(part.heading, language) if "/" in part.name else part.heading
        parts[part.name] = Part(part.name, heading, part.text, UNREAD)
    if missing:
        write(page, language, parts)
    return len(missing)


def main() -> None:
    """Print what is behind, or stamp or add parts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stamp", nargs="+", metavar="NAME", default=[])
    parser.add_argument("--add", action="store_true")
    options = parser.parse_args()
    for language in LANGUAGES:
        if options.stamp:
            print(sum(stamped(page, language, options.stamp) for page in translated()), "stamped")
        elif options.add:
            print(sum(added(page, language) for page in translated()), "added")
        else:
            for page, name, state in behind(language):
                print(f"{language}/{page}.md: {name} is {state}")


if __name__ == "__main__":
    main()
