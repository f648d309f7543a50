"""The numbers in the bounds of clauses, and which of them no lemma derives.

`python -m tests.derivations.constants --write` writes the list of lemmas in `derivations.md`.
"""

import argparse
import ast
import re
from collections.abc import Iterable, Iterator

from nnspec import spec
from nnspec.spec import Clause
from nnspec.spec.lemmas import Lemma, lemmas

PAGE = spec.FOLDER / "derivations.md"
HEADING = "## All lemmas\n"

# 0 and 1 are neutral, and a square of the data is a part of the formula.
NEUTRAL = (0, 1)

_BOUND = re.compile(r"\*Bound\.\*\s+(.*?)(?=\n\n)", re.DOTALL)
_OF_ANOTHER = re.compile(r"That of `[^`]+`\.")


def stated(clause: Clause) -> str:
    """Return the paragraph of a clause's bound on one line."""
    found = _BOUND.search(clause.text)
    return " ".join(found[1].split()) if found else ""


def has_its_own(clause: Clause) -> bool:
    """Say whether a clause has a bound that is not simply that of another clause."""
    return clause.bound is not None and not _OF_ANOTHER.fullmatch(stated(clause))


def expressions(clause: Clause) -> Iterator[ast.expr]:
    """Yield the expressions of a clause's bound, if it states one and not the name of another."""
    bound = clause.bound
    if bound is None or bound.expression in spec.clauses() or "operation/" in bound.expression:
        return
    for each in (bound.expression, *(expression for _, expression in bound.definitions)):
        yield ast.parse(each.strip(), mode="eval").body


def bare(clause: Clause, terms: Iterable[str]) -> list[str]:
    """Return the numbers of a clause's bound that stand in none of these terms."""
    derived = {_key(ast.parse(term, mode="eval").body) for term in terms}
    return [number for tree in expressions(clause) for number in _bare(tree, derived)]


def uses(clause: Clause, term: str) -> bool:
    """Say whether a term stands in a clause's bound."""
    key = _key(ast.parse(term, mode="eval").body)
    return any(_key(node) == key for tree in expressions(clause) for node in ast.walk(tree))


def _bare(node: ast.AST, derived: set[str]) -> Iterator[str]:
    if isinstance(node, ast.expr) and _key(node) in derived:
        return
    if isinstance(node, ast.Constant):
        if node.value not in NEUTRAL:
            yield str(node.value)
        return
    square = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    for child in ast.iter_child_nodes(node):
        two = isinstance(child, ast.Constant) and child.value == 2
        if not (square and two and child is getattr(node, "right", None)):
            yield from _bare(child, derived)


def _key(node: ast.AST) -> str:
    return ast.dump(node)


def table() -> str:
    """Return the list of lemmas: each with its kind and the number of clauses that name it."""
    rows = ["| lemma | kind | clauses |", "|---|---|---|"]
    for lemma in lemmas().values():
        count = sum(lemma.name in clause.derived for clause in spec.clauses().values())
        rows.append(f"| {_link(lemma)} | {lemma.kind.lower()} | {count or 'other lemmas'} |")
    return "\n".join(rows) + "\n"


def _link(lemma: Lemma) -> str:
    return f"[{lemma.title}](derivations/{lemma.page}.md#{lemma.name})"


def main() -> None:
    """Print the list of lemmas, or write it into its page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="write it into derivations.md")
    if not parser.parse_args().write:
        print(table(), end="")
        return
    before = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    PAGE.write_text(f"{before}{HEADING}\n{table()}", encoding="utf-8")


if __name__ == "__main__":
    main()
