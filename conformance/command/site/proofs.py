"""The pages of lemmas, in Markdown: each lemma has an anchor, and links to what follows from it."""

import re

from nnspec.spec import FOLDER, clauses
from nnspec.spec.lemmas import lemmas, name_of, pages

_CODE = re.compile(r"(`[^`]+`)")
_FORMULA = re.compile(r"\$`(.+?)`\$", re.DOTALL)

# A link to a lemma, from a clause or from another lemma.
_LEMMA = re.compile(r"\]\((?:derivations/)?(?:[a-z]+\.md)?#([a-z0-9-]+)\)")


def proofs() -> dict[str, str]:
    """Return every page of lemmas by its path, and their list with links to all of them."""
    made = {f"spec/derivations/{path.name}": linked(path.read_text("utf-8")) for path in pages()}
    listed = "\n".join(f"derivations/{path.stem}" for path in pages())
    contents = f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    entry = (FOLDER / "derivations.md").read_text("utf-8")
    return {**made, "spec/derivations.md": to_lemmas(entry) + contents}


def linked(text: str) -> str:
    """Return a page of lemmas with an anchor at each, and with the clauses that follow from it."""
    lines: list[str] = []
    current, fenced = "", False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            lines += _followed(current)
            current = name_of(line[3:]) if line.startswith("## ") else ""
            lines += [f"(lemma:{current})=", line] if current else [line]
        else:
            lines.append(line if fenced else _CODE.sub(lambda match: link(match[0]), line))
    return to_lemmas(_FORMULA.sub(r"$\1$", "\n".join([*lines, *_followed(current)]))) + "\n"


def link(code: str) -> str:
    """Return a span of code, as a link if it is the name of a clause."""
    name = code.strip("`")
    return f"[{code}](#clause:{name})" if name in clauses() else code


def to_lemmas(text: str) -> str:
    """Return a page whose links to lemmas lead to the anchors of the site."""
    return _LEMMA.sub(
        lambda match: f"](#lemma:{match[1]})" if match[1] in lemmas() else match[0], text
    )


def _followed(lemma: str) -> list[str]:
    """Return the lines that link a lemma to the clauses that name it."""
    named = [each.id for each in clauses().values() if lemma in each.derived]
    links = " · ".join(f"[`{each}`](#clause:{each})" for each in named)
    return ["", f"*Clauses.* {links}", ""] if named else []
