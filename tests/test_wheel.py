"""What users install: the built wheel, in an empty environment, carries its data and certifies."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (built,) = folder.glob("*.whl")
    return built


def test_data_files_travel_in_the_wheel_and_nothing_else_does(wheel: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "ls-files", "spec", "reference", "conformance"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert carried == set(tracked.stdout.split())


def test_the_wheel_in_an_empty_environment_certifies(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    bin_folder = tmp_path / "env" / "bin"
    subprocess.run([bin_folder / "pip", "install", "--quiet", str(wheel)], check=True, capture_output=True)
    ran = subprocess.run(
        [bin_folder / "conformance", "certify", "loopback", "--dtype", "float32", "--report", "report"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["summary"]["verdict"] == "conforms"
    assert report["summary"]["must"]["inconclusive"] == 0
    assert report["header"]["suite"]["version"] == wheel.name.split("-")[1]
    assert len(report["results"]) == report["header"]["planned"] > 2000


def test_a_foreign_package_of_the_same_name_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "__init__.py").write_text("", encoding="utf-8")
    ran = subprocess.run([sys.executable, "-c", "import conformance"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "the suite needs its own package 'spec'" in ran.stderr


def test_importing_the_package_loads_no_other_library() -> None:
    heavy = "import sys, conformance; print(*(name for name in ('numpy', 'rich', 'ml_dtypes', 'pytest', 'scipy') if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", heavy], check=True, capture_output=True, text=True).stdout.split()
    assert loaded == []
