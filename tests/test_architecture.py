"""The house's rules that a machine can check: which way imports point, how long modules are, what a wheel carries."""

import ast
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("spec", "reference", "conformance")

# Who may import whom, standard library apart.
ALLOWED = {
    "spec": {"spec"},
    "reference": {"reference", "numpy", "scipy"},
    "conformance/checks": {"conformance", "numpy"},
    "conformance/mistakes": {"conformance", "reference", "numpy"},
    "conformance/pytest_plugin.py": {"conformance", "pytest"},
    "conformance/adapters": None,
    # What the extra `site` brings is imported by nothing that runs without it.
    "conformance/rendering.py": {"conformance", "docutils", "sphinx"},
    "conformance/publishing.py": {"conformance", "spec", "sphinx"},
    "conformance/reports": {
        "conformance",
        "spec",
        "numpy",
        "rich",
        "jinja2",
        "markupsafe",
        "markdown_it",
        "mdit_py_plugins",
        "latex2mathml",
    },
    "conformance/clustering.py": {"conformance", "distributed"},
    # What the reference loads where it first needs it is loaded before there is anything to judge.
    "conformance/job.py": {"conformance", "scipy"},
    # Hypothesis is loaded for a search only.
    "conformance/exploring.py": {"conformance", "hypothesis"},
    "conformance/domains": {"conformance", "reference", "spec", "numpy", "hypothesis"},
    "conformance": {"conformance", "spec", "reference", "numpy", "ml_dtypes", "rich"},
}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(str(node.module))
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def top_imports(path: Path) -> set[str]:
    """Return what a module imports when it is imported itself: not what a function or the type checker asks for."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    allowed = next(allowed for prefix, allowed in ALLOWED.items() if place.startswith(prefix))
    if allowed is not None:
        outside = {name for name in imports(path) if name.partition(".")[0] not in allowed | sys.stdlib_module_names}
        assert not outside, f"{place} imports {outside}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    names = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path for path in modules()}
    arrows = {name: top_imports(path) & set(names) - {name} for name, path in names.items()}
    while leaves := [name for name, targets in arrows.items() if not targets & set(arrows)]:
        for leaf in leaves:
            del arrows[leaf]
    assert not arrows, f"a circle among {sorted(arrows)}"


@pytest.mark.parametrize("path", sorted((ROOT / "conformance/checks").glob("*.py")), ids=lambda path: path.name)
def test_checks_know_nothing_of_adapters_or_of_running(path: Path) -> None:
    assert not {
        name
        for name in imports(path)
        if name.startswith(("conformance.adapters", "conformance.running", "conformance.protocol", "reference"))
    }


@pytest.mark.parametrize("path", sorted((ROOT / "conformance/adapters").rglob("*.py")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nobody_certifies_by_copying(path: Path) -> None:
    if path.stem not in ("reference", "loopback"):
        ours = {name for name in imports(path) if name.partition(".")[0] in PACKAGES}
        answering = ("conformance.adapters.reference", "conformance.adapters.loopback")
        assert not {name for name in ours if not name.startswith("conformance.adapters.") or name.startswith(answering)}


def test_adapters_are_short_glossaries() -> None:
    folder = ROOT / "conformance/adapters"
    own = [
        [path]
        for path in (*folder.glob("*.py"), *folder.glob("javascript/*.mjs"))
        if path.stem not in ("reference", "loopback", "__init__")
    ]
    own += [sorted(opening.parent.rglob("*.py")) for opening in folder.glob("*/__init__.py")]
    lengths = [sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths) for paths in own]
    assert len(lengths) >= 9
    assert statistics.median(lengths) <= 120, sorted(lengths)


@pytest.mark.parametrize("path", sorted((ROOT / "reference").glob("*.py")), ids=lambda path: path.name)
def test_reference_functions_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            assert body[-1].end_lineno - body[0].lineno + 1 <= 40, node.name


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert documentation
    assert documentation.partition("\n")[0].endswith((".", "?")), documentation.partition("\n")[0]
