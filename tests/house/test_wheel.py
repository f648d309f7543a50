"""What users install: the built wheel, in an empty environment, carries its data and certifies."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

# Bytes of a wheel.
_LARGEST = 8_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.proof
def test_data_files_travel_in_the_wheel_and_nothing_else_does(wheel: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "spec", "reference", "conformance"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    tracked = {f"nnspec/{name}" for name in listed.stdout.split()} | {
        f"nnspec/{name}" for name in ("__init__.py", "__main__.py", "py.typed")
    }
    assert carried == tracked


@pytest.mark.proof
def test_the_wheel_is_small_and_names_both_licenses(wheel: Path) -> None:
    assert wheel.stat().st_size < _LARGEST
    archive = zipfile.ZipFile(wheel)
    (named,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    said = archive.read(named).decode()
    assert "License-Expression: Apache-2.0 AND OFL-1.1\n" in said
    files = re.findall(r"^License-File: (.*)$", said, re.MULTILINE)
    texts = [archive.read(f"{Path(named).parent}/licenses/{file}").decode() for file in files]
    for title in ("Apache License", "SIL OPEN FONT LICENSE Version 1.1"):
        assert any(title in text for text in texts)


# Packages of other people that have the names of our folders: in their project, and in the
# environment.
NAMES = ("spec", "reference", "conformance")


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder bin of an environment with the wheel and what it declares to need.

    The libraries are links to those of this environment: nothing is fetched or compiled. Beside
    them
    lie packages of other people with the names of our folders.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site_packages)
    (own,) = metadata.distributions(path=[str(site_packages)])
    installed = {own.metadata["Name"]: own}
    for name in required(own):
        link(installed.setdefault(name, metadata.distribution(name)), site_packages)
    for each in installed.values():
        for script in each.entry_points.select(group="console_scripts"):
            module, _, function = script.value.partition(":")
            code = f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
            (folder / "bin" / script.name).write_text(f"#!{folder}/bin/python\n{code}")
            (folder / "bin" / script.name).chmod(0o755)
    for name in NAMES:
        foreign(site_packages / name)
    return folder / "bin"


def required(distribution: metadata.Distribution) -> set[str]:
    """Return the names of what a distribution needs, and of what that needs in its turn."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in distribution.requires or ()]
    while waiting:
        needed = waiting.pop()
        wanted = needed.marker is None or any(
            needed.marker.evaluate({"extra": extra}) for extra in (*needed.extras, "")
        )
        if wanted and (name := needed.name.lower()) not in found:
            found.add(name)
            waiting += [Requirement(each) for each in metadata.distribution(name).requires or ()]
    return found


def link(distribution: metadata.Distribution, site_packages: Path) -> None:
    """Let a folder hold the files of an installed distribution."""
    for name in {Path(each).parts[0] for each in distribution.files or ()} - {"..", "__pycache__"}:
        if not (site_packages / name).exists():
            (site_packages / name).symlink_to(Path(distribution.locate_file(name)).resolve())


def foreign(package: Path) -> None:
    package.mkdir()
    (package / "__init__.py").write_text(f"ORIGIN = {str(package)!r}\n", encoding="utf-8")


def ran(folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "COV", "PYTHON"))
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.proof
@pytest.mark.parametrize(
    ("command", "variables", "ini"),
    [
        (("python", "-m", "pytest"), {}, ""),
        (("pytest",), {"PYTHONPATH": "."}, ""),
        (("pytest",), {}, "[pytest]\npythonpath = .\n"),
    ],
    ids=["python -m pytest", "PYTHONPATH=. pytest", "pythonpath = ."],
)
def test_a_project_with_packages_of_our_folders_names_runs_its_own_tests(
    environment: Path, tmp_path: Path, command: tuple[str, ...], variables: dict[str, str], ini: str
) -> None:
    for name in NAMES:
        foreign(tmp_path / name)
    (tmp_path / "pytest.ini").write_text(ini, encoding="utf-8")
    lines = [
        f"import {name}\n\ndef test_{name}():\n"
        f"    assert {name}.ORIGIN == {str(tmp_path / name)!r}\n\n"
        for name in NAMES
    ]
    (tmp_path / "test_theirs.py").write_text("\n".join(lines), encoding="utf-8")
    session = ran(tmp_path, environment / command[0], *command[1:], "-q", **variables)
    assert session.returncode == 0, session.stdout + session.stderr
    assert "3 passed" in session.stdout


@pytest.mark.proof
@pytest.mark.no_cover
def test_no_module_of_ours_is_loaded_under_two_names(environment: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys; from nnspec.conformance.command.cli import main;"
        " main(['certify', 'reference', '--only', 'relu']);"
        "from nnspec import conformance, reference, spec;"
        "folders = tuple(os.path.realpath(each.__path__[0]) for each in"
        " (conformance, reference, spec));"
        "files = [os.path.realpath(module.__file__) for module in list(sys.modules.values())"
        " if getattr(module, '__file__', None)];"
        "ours = [file for file in files if file.startswith(folders)];"
        "print(len(ours) > 30, len(ours) - len(set(ours)),"
        " *sorted(set(sys.modules) & {'spec', 'reference', 'conformance'}))"
    )
    for python in (environment / "python", sys.executable):
        assert ran(tmp_path, python, "-c", code).stdout.splitlines()[-1] == "True 0"


@pytest.mark.proof
def test_the_wheel_in_an_empty_environment_certifies(
    wheel: Path, environment: Path, tmp_path: Path
) -> None:
    certified = ran(
        tmp_path,
        environment / "conformance",
        "certify",
        "loopback",
        "--dtype",
        "float32",
        "--report",
        "report",
    )
    assert certified.returncode == 0, certified.stdout + certified.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["summary"]["verdict"] == "conforms"
    assert report["summary"]["must"]["inconclusive"] == 0
    assert report["header"]["suite"]["version"] == wheel.name.split("-")[1]
    assert len(report["results"]) == report["header"]["planned"] > 2000


def test_importing_the_package_loads_no_other_library() -> None:
    heavy = (
        "import sys, nnspec; print(*(name for name in"
        " ('numpy', 'rich', 'ml_dtypes', 'pytest', 'scipy') if name in sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", heavy], check=True, capture_output=True, text=True
    ).stdout.split()
    assert loaded == []


def test_the_pythons_that_are_named_are_those_with_which_verdicts_were_compared() -> None:
    table = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    ran = re.findall(r"^\| (\d\.\d+)\.\d+, [\d.]+, [\d.]+ \| the same", table, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: "
    named = [each.removeprefix(prefix) for each in project["classifiers"] if prefix in each]
    assert named == ["3", *dict.fromkeys(ran)]
    assert project["requires-python"] == f">={ran[0]}"
    sentence = f"You need Python {', '.join(named[1:-1])} or {named[-1]} "
    assert sentence in (ROOT / "README.md").read_text(encoding="utf-8")
    # The lowest versions of what computes are among those that ran.
    for name in ("numpy", "scipy"):
        lowest = next(each for each in project["dependencies"] if each.startswith(f"{name}>="))
        assert f"{lowest.partition('>=')[2]}.0" in table
