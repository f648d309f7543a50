"""The Markdown of a clause as blocks and parts, which a program shows without reading Markdown.

They are values of JSON. A block is a paragraph, a formula on a line of its own, code, a list or a
table. A part is text, code, a formula in a line, a link, or words that are emphasized. A formula is
in TeX and in MathML.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from nnspec.conformance.reports.markup import formula, reader

Part = dict[str, Any]
Block = dict[str, Any]


def blocks(markdown: str) -> list[Block]:
    """Return the blocks of a text; raises ValueError if it holds anything else."""
    return [_block(node) for node in SyntaxTreeNode(reader().parse(markdown)).children]


def math(latex: str, *, display: bool = False) -> dict[str, str]:
    """Return a formula in TeX, on one line, and in MathML."""
    tex = " ".join(latex.strip().strip("`").split())
    return {"tex": tex, "mathml": str(formula(tex, display=display))}


def _block(node: SyntaxTreeNode) -> Block:
    if node.type == "paragraph":
        return {"paragraph": _parts(node.children[0])}
    if node.type == "fence" and node.info.strip() == "math":
        return {"formula": math(node.content, display=True)}
    if node.type == "fence":
        return {"code": node.content.rstrip("\n"), "language": node.info.strip()}
    if node.type == "table":
        head, *rows = [
            [_parts(cell.children[0]) for cell in row.children]
            for part in node.children
            for row in part.children
        ]
        return {"table": {"head": head, "rows": rows}}
    if node.type in ("bullet_list", "ordered_list"):
        items = [[_block(each) for each in item.children] for item in node.children]
        return {"list": items, "ordered": node.type == "ordered_list"}
    message = f"a clause holds {node.type}, which has no form in JSON"
    raise ValueError(message)


def _parts(inline: SyntaxTreeNode) -> list[Part]:
    return list(_joined([_part(node) for node in inline.children]))


def _part(node: SyntaxTreeNode) -> Part:
    if node.type in ("text", "softbreak", "hardbreak"):
        return {"text": node.content if node.type == "text" else " "}
    if node.type == "code_inline":
        return {"code": node.content}
    if node.type == "math_inline":
        return {"formula": math(node.content)}
    if node.type == "link":
        return {"link": str(node.attrs["href"]), "parts": _parts(node)}
    if node.type in ("em", "strong"):
        return {node.type: _parts(node)}
    message = f"a clause holds {node.type}, which has no form in JSON"
    raise ValueError(message)


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts; texts that follow each other are one."""
    text = ""
    for part in parts:
        if "text" in part:
            text += part["text"]
            continue
        if text:
            yield {"text": text}
        text = ""
        yield part
    if text:
        yield {"text": text}
