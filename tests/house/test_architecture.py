"""The house's rules that a machine can check: which way imports point, how long modules are, what
they open with."""

import ast
import statistics
import sys
from pathlib import Path

import pytest

from nnspec import reference

ROOT = Path(__file__).parents[2]

# A room imports those before it, and of libraries those named; `nnspec` itself imports nothing
# until it is asked.
ROOMS = {
    "spec": set(),
    "reference": {"numpy", "scipy"},
    "conformance.terms": {"numpy", "ml_dtypes"},
    "conformance.bounds": {"numpy"},
    "conformance.programs": {"numpy"},
    "conformance.adapters": None,
    "conformance.sources": {"numpy"},
    "conformance.judge": {"numpy"},
    "conformance.pages": {"numpy"},
    "conformance.run": {"numpy"},
    "conformance.search": {"numpy"},
    "conformance.reports": {
        "rich",
        "numpy",
        "jinja2",
        "markupsafe",
        "markdown_it",
        "mdit_py_plugins",
        "latex2mathml",
    },
    "conformance.interface": {"numpy", "rich"},
    "conformance.command": {"rich"},
    "conformance": set(),
    "nnspec": set(),
}
# Modules that may import a library more than their room.
MORE = {
    "conformance.command.pytest_plugin": {"pytest"},
    "conformance.interface.clauses": {"pytest"},
    "conformance.interface.parametrize": {"pytest"},
    "conformance.command.site.build": {"sphinx"},
    "conformance.command.site.sphinx": {"sphinx", "docutils"},
    # What the reference loads where it first needs it is loaded before there is anything to judge.
    "conformance.run.job": {"scipy"},
    "conformance.search.cluster": {"distributed"},
    "conformance.sources.portable": {"psutil"},
    "conformance.search.explore": {"hypothesis"},
    "conformance.pages.domain": {"hypothesis"},
    "conformance.pages.strategies": {"hypothesis"},
}
ORDER = list(ROOMS)


def name_of(path: Path) -> str:
    return (
        path.relative_to(ROOT)
        .with_suffix("")
        .as_posix()
        .replace("/", ".")
        .removesuffix(".__init__")
    )


MODULES = {
    name_of(path): path
    for package in ("spec", "reference", "conformance")
    for path in sorted((ROOT / package).rglob("*.py"))
}
MODULES |= {name_of(path): path for path in sorted((ROOT / "nnspec").glob("*.py"))}


def room_of(module: str) -> str:
    return next(room for room in ORDER if f"{module}.".startswith(f"{room}."))


def imports(path: Path, *, at_the_top: bool = False) -> set[str]:
    """Return what a module imports, each name of a module of ours without `nnspec.`; `at_the_top`,
    only when it is imported itself."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_the_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(
                {name for name in inside if name.removeprefix("nnspec.") in MODULES}
                or {str(node.module)}
            )
    return {name.removeprefix("nnspec.") for name in found}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    room, found = room_of(module), imports(MODULES[module])
    below = {
        name for name in found & set(MODULES) if ORDER.index(room_of(name)) > ORDER.index(room)
    }
    assert not below, f"{module} imports what stands below it: {below}"
    libraries = {name.partition(".")[0] for name in found - set(MODULES)} - sys.stdlib_module_names
    more = MORE.get(module, set()) | ({"hypothesis"} if module.endswith(".domains") else set())
    # A mistake computes with what the reference computes with.
    more |= ROOMS["reference"] if ".mistakes" in f"{module}." and room.endswith(".pages") else set()
    if (allowed := ROOMS[room]) is not None:
        assert libraries <= allowed | more, f"{module} imports {libraries - allowed - more}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    arrows = {
        name: imports(path, at_the_top=True) & set(MODULES) - {name}
        for name, path in MODULES.items()
    }
    while leaves := [name for name, targets in arrows.items() if not targets & set(arrows)]:
        for leaf in leaves:
            del arrows[leaf]
    assert not arrows, f"a circle among {sorted(arrows)}"


def test_nothing_lies_flat_in_the_suite() -> None:
    assert {path.name for path in (ROOT / "conformance").glob("*.py")} == {
        "__init__.py",
        "__main__.py",
        "suite.py",
    }


def test_the_tests_stand_in_rooms() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("*.py"))}
    rooms = {room.removeprefix("conformance.") for room in ORDER if room.count(".") == 1}
    others = {"house", "proof", "truth", "guard", "benchmarks", "diagnosis", "fuzzing", "mutation"}
    others |= {"derivations", "experiments", "variants"}
    assert folders == (rooms - {"adapters"}) | others
    assert {path.name for path in (ROOT / "tests").glob("*.py")} == {"__init__.py", "conftest.py"}


@pytest.mark.parametrize("module", [name for name in MODULES if name.endswith(".checks")])
def test_checks_know_nothing_of_adapters_or_of_the_reference(module: str) -> None:
    assert not {
        name
        for name in imports(MODULES[module])
        if name.startswith(("conformance.adapters", "conformance.run", "reference"))
    }


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.startswith("conformance.adapters")]
)
def test_nobody_certifies_by_copying(module: str) -> None:
    if module.rpartition(".")[2] not in ("reference", "loopback"):
        answering = ("conformance.adapters.reference", "conformance.adapters.loopback")
        ours = imports(MODULES[module]) & set(MODULES)
        assert not {
            name
            for name in ours
            if not name.startswith("conformance.adapters.") or name.startswith(answering)
        }


def test_adapters_are_short_glossaries() -> None:
    folder = ROOT / "conformance/adapters"
    own = [
        [path]
        for path in (*folder.glob("*.py"), *folder.glob("javascript/*.mjs"))
        if path.stem not in ("reference", "loopback", "__init__")
    ]
    own += [sorted(opening.parent.rglob("*.py")) for opening in folder.glob("*/__init__.py")]
    # Characters, white space apart: a count that no formatter moves.
    sizes = [
        sum(len("".join(path.read_text(encoding="utf-8").split())) for path in paths)
        for paths in own
    ]
    assert len(sizes) >= 9
    # So many for each operation of the specification.
    assert statistics.median(sizes) <= 78 * len(reference.__all__), sorted(sizes)


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("reference")])
def test_reference_functions_are_short(module: str) -> None:
    for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            assert body[-1].end_lineno - body[0].lineno + 1 <= 40, node.name


@pytest.mark.parametrize("module", MODULES)
def test_a_module_opens_with_a_sentence_and_is_short(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    documentation = ast.get_docstring(ast.parse(text))
    assert documentation
    assert documentation.partition("\n")[0].endswith((".", "?")), documentation.partition("\n")[0]
    assert len(text.splitlines()) <= 400


def test_modules_of_the_tests_are_as_short() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "tests").rglob("*.py")
    }
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_module_of_ours_is_imported_by_another_name() -> None:
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [
                each
                for each in named
                if each.partition(".")[0] in ("spec", "reference", "conformance")
            ], name
