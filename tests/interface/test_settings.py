"""The adapter of a session: the command line, the variable, pyproject.toml, the ini option."""

from pathlib import Path

import pytest

from nnspec.conformance.interface.settings import Settings, SettingsError, located, project
from tests.interface import sessions

FEW = ("--pyargs", "nnspec", "-k", "relu/accuracy")

pytestmark = pytest.mark.no_cover


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_nearest_file_that_has_settings_says_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = written(tmp_path / "a", "[tool.other]\n")
    said = '[tool.nnspec]\nadapter = "./my.py:Layers"\ndtypes = ["float32"]\nseed = "fresh"\n'
    written(tmp_path, said)
    monkeypatch.chdir(below)
    file = str(tmp_path / "pyproject.toml")
    assert project(below) == Settings("../my.py:Layers", ("float32",), "fresh", file)
    assert project(Path(below.anchor)) == Settings()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('adaptor = "torch"', "has no key 'adaptor'; it takes adapter, dtypes, seed"),
        ("adapter = 3", "adapter of [tool.nnspec] must be a name or a path; got 3"),
        ('dtypes = "float32"', "must be a list out of float64"),
        ("seed = -1", "must be a whole number from 0 on"),
    ],
)
def test_what_is_unknown_is_an_error(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        project(written(tmp_path, f"[tool.nnspec]\n{line}\n"))
    assert said in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_a_path_counts_from_the_file_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert located("my.py", tmp_path) == "./my.py"
    assert located("./my.py:Layers", tmp_path / "a") == "./a/my.py:Layers"
    assert located("/a/my.py", tmp_path) == "/a/my.py"
    assert located("torch", tmp_path) == "torch"
    assert located("package.module:name", tmp_path) == "package.module:name"


@pytest.mark.proof
def test_each_goes_before_the_next(tmp_path: Path) -> None:
    folder = sessions.project(tmp_path)
    (folder / "tests").mkdir()
    below = folder / "tests"
    written(folder, '[tool.pytest.ini_options]\nadapter = "./my_adapter.py"\n')
    # The path counts from the ini's folder, wherever the session begins.
    assert "1 passed" in sessions.session(below, *FEW).stdout
    written(
        folder,
        '[tool.pytest.ini_options]\nadapter = "./no.py"\n[tool.nnspec]\n'
        'adapter = "my_adapter.py"\n',
    )
    assert "1 passed" in sessions.session(below, *FEW).stdout
    assert "no.py" in sessions.session(below, *FEW, CONFORMANCE_ADAPTER="./no.py").stdout
    named = ("--adapter", "../my_adapter.py")
    assert "1 passed" in sessions.session(below, *FEW, *named, CONFORMANCE_ADAPTER="./no.py").stdout
    written(folder, '[tool.nnspec]\nadaptor = "my_adapter.py"\n')
    ended = sessions.session(below, *FEW)
    assert ended.returncode != 0
    assert "[tool.nnspec] has no key 'adaptor'" in ended.stdout


@pytest.mark.proof
def test_a_project_with_a_wrong_setting_runs_its_own_tests(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    written(tmp_path, '[tool.nnspec]\nadaptor = "my_adapter.py"\n')
    assert "1 passed" in sessions.session(tmp_path).stdout
