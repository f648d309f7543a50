"""Each study has its row in `tests/README.md` with its figures, and a sample among the proofs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = "| study | what it shows | last figures | date, commit |\n"


def marked(path: Path, marker: str) -> Iterator[str]:
    """Yield the tests of a file that a decorator of their own, or of the file, gives a marker."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    everywhere = any(
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "pytestmark"
        and f"mark.{marker}" in ast.unparse(node.value)
        for node in tree.body
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            own = any(f"mark.{marker}" in ast.unparse(each) for each in node.decorator_list)
            if own or everywhere:
                yield node.name


def by_file(marker: str) -> dict[str, list[str]]:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = {path.relative_to(ROOT).as_posix(): list(marked(path, marker)) for path in files}
    return {path: names for path, names in found.items() if names}


def test_each_study_has_its_row_with_its_last_figures() -> None:
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    rows = page.partition(TABLE)[2].partition("\n\n")[0].splitlines()[1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    studies = by_file("study")
    assert [cell[0] for cell in cells] == [
        f"`{path}::{name}`" for path, names in studies.items() for name in names
    ]
    for _, shows, figures, when in cells:
        assert shows
        assert re.search(r"\d", figures)
        assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}, `[0-9a-f]{7,40}`", when)


def test_a_sample_of_each_study_is_among_the_proofs() -> None:
    proofs = by_file("proof")
    for path, names in by_file("study").items():
        samples = [name for name in proofs.get(path, []) if name.startswith("test_a_sample_of")]
        assert len(samples) >= len(names), path
