"""The action and the hook do what their page says: their steps run here as a runner runs them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nnspec import conformance

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load(
    (ROOT / ".github" / "actions" / "certify" / "action.yml").read_text(encoding="utf-8")
)
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
PAGE = (Path(conformance.__file__).parent / "command" / "integration.md").read_text("utf-8")
STEPS = {each["name"]: each for each in ACTION["runs"]["steps"]}

RIGHT = "import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
WRONG = RIGHT.replace("np.maximum", "np.minimum")


class Runner:
    """A runner of GitHub in a folder: it fills inputs in, and runs the steps with bash."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder, self.outputs = folder, {}
        self.inputs = {name: each["default"] for name, each in ACTION["inputs"].items()}
        self.inputs |= inputs
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        # What is installed is this suite already; the words of pip are kept.
        for name, words in (
            ("python", f'echo "$@" >> {folder}/pip'),
            ("conformance", f'exec {sys.executable} -m nnspec "$@"'),
        ):
            (programs / name).write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
            (programs / name).chmod(0o755)

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        output = self.folder / "output"
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GITHUB_ACTION_PATH": str(ROOT / ".github" / "actions" / "certify"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
        }
        environment |= {key: self.filled(text) for key, text in step.get("env", {}).items()}
        # As a runner starts the shell bash: https://docs.github.com/actions, `shell`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if output.exists():
            pairs = (line.split("=", 1) for line in output.read_text("utf-8").splitlines())
            self.outputs[step.get("id")] = dict(pairs)
        return ended

    def filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            kind, *rest = match[1].split(".")
            if kind == "inputs":
                return self.inputs[rest[0]]
            return self.outputs[rest[0]][rest[2]]

        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, text)


def runner(folder: Path, text: str, **inputs: str) -> Runner:
    (folder / "my adapter.py").write_text(text, encoding="utf-8")
    only = "--only\nrelu/accuracy\n--dtype\nfloat32\n"
    return Runner(folder, adapter="./my adapter.py", arguments=only, **inputs)


def test_the_action_is_a_composite_one_whose_inputs_are_all_used() -> None:
    assert set(ACTION) == {"name", "description", "inputs", "outputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS.values():
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"
        # A text that somebody hands over is never a part of a script.
        assert "${{" not in step.get("run", "")
    written = json.dumps(ACTION)
    assert set(re.findall(r"inputs\.([\w-]+)", written)) == set(ACTION["inputs"])
    assert all(each["description"] and "default" in each for each in ACTION["inputs"].values())


@pytest.mark.parametrize(("text", "status"), [(RIGHT, 0), (WRONG, 1)])
def test_the_steps_certify_annotate_and_summarize(text: str, status: int, tmp_path: Path) -> None:
    made = runner(tmp_path, text)
    assert made.run("Install nnspec").returncode == 0
    asked = (tmp_path / "pip").read_text(encoding="utf-8").split()
    assert asked[:3] == ["-m", "pip", "install"]
    assert Path(asked[3]).resolve() == ROOT
    certified = made.run("Certify")
    assert certified.returncode == 0, certified.stderr
    assert ("::error file=my adapter.py,line=4," in certified.stdout) == bool(status)
    assert made.outputs["certify"] == {"status": str(status)}
    assert made.run("Summarize").returncode == 0
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith("## ")
    assert made.run("Judge").returncode == status


@pytest.mark.proof
def test_a_part_and_a_baseline_reach_the_command(tmp_path: Path) -> None:
    first = runner(tmp_path, WRONG, report="base")
    first.run("Certify")
    second = runner(tmp_path, WRONG, baseline="base", part="1/1", report="other")
    second.run("Certify")
    assert second.outputs["certify"] == {"status": "0"}
    header = json.loads((tmp_path / "other/report.json").read_text(encoding="utf-8"))["header"]
    assert header["selection"]["part"] == "1/1"
    assert header["baseline"]["failed"]


def test_an_input_is_no_command(tmp_path: Path) -> None:
    made = runner(tmp_path, RIGHT, part='1/1"; touch broken; "')
    certified = made.run("Certify")
    assert made.outputs["certify"] == {"status": "2"}
    assert "must be K/N" in certified.stderr
    assert not (tmp_path / "broken").exists()


def test_the_workflows_of_the_page_are_workflows_with_inputs_of_the_action() -> None:
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    jobs = [job for each in blocks if "jobs" in each for job in each["jobs"].values()]
    steps = [step for job in jobs for step in job["steps"]]
    ours = [step for step in steps if "/.github/actions/certify" in step.get("uses", "")]
    assert ours
    assert all(set(step["with"]) <= set(ACTION["inputs"]) for step in ours)
    (matrix,) = (job["strategy"]["matrix"]["part"] for job in jobs if "strategy" in job)
    assert matrix == [f"{number}/{len(matrix)}" for number in range(1, len(matrix) + 1)]
    hooks = [hook for each in blocks if "repos" in each for hook in each["repos"][0]["hooks"]]
    assert {hook["id"] for hook in hooks} == {each["id"] for each in HOOKS}


def test_the_hooks_are_valid_for_pre_commit() -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib")
    assert clientlib.load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))


@pytest.mark.parametrize(("text", "status"), [(RIGHT, 0), (WRONG, 1)])
def test_the_entry_of_a_hook_runs_with_its_arguments(
    text: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "it.py").write_text(text, encoding="utf-8")
    (hook,) = HOOKS
    program, *words = hook["entry"].split()
    assert program == "conformance"
    asked = ["./it.py", "--only", "relu/accuracy", "--dtype", "float32"]
    ended = subprocess.run(
        [sys.executable, "-m", "nnspec", *words, *asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == status
