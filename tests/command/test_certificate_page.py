"""The page of the certificate is true: its files, keys and endings are those there are, and its
way of signing by SSH works."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nnspec import conformance
from nnspec.conformance.adapters import loopback
from nnspec.conformance.command.verify import verify
from nnspec.conformance.reports import files
from nnspec.conformance.sources import recorded
from nnspec.conformance.sources.in_process import InProcess
from tests.command.certificates import certify, report
from tests.command.test_described import keys_of

RUN = Path(conformance.__file__).parent / "run"
PAGE = (RUN / "certificate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    certify(folder / "report", InProcess(loopback), "relu/accuracy", dtypes=("float32",))
    return folder


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_files_of_the_page_are_those_that_are_written(folder: Path) -> None:
    named = set(re.findall(r"^\| `([\w.]+)` \|", PAGE.partition("\n## ")[0], re.MULTILINE))
    assert (
        named
        == {path.name for path in (folder / "report").iterdir()}
        == {*files.FILES, recorded.FILE}
    )


def keys_of_rows(text: str) -> set[str]:
    rows = re.findall(r"^\| (`.+?`) \|", text, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_parts_of_a_report_are_those_of_its_schema() -> None:
    text = section("What report.json says of a run").partition("The `header` identifies")[0]
    schema = json.loads((RUN / "report.schema.json").read_text(encoding="utf-8"))
    assert keys_of_rows(text) == set(schema["properties"])


def test_the_keys_of_the_header_are_those_that_are_written(folder: Path) -> None:
    text = section("What report.json says of a run").partition("The `header` identifies")[2]
    assert keys_of_rows(text) == set(report(folder / "report")["header"])


def test_the_keys_of_recorded_answers_are_those_of_their_schema() -> None:
    schema = json.loads((RUN / "answers.schema.json").read_text(encoding="utf-8"))
    text = section("answers.jsonl.gz")
    missing = {key for key in keys_of(schema) if not re.search(rf'`{key}`|"{key}":', text)}
    assert missing == set()


def test_the_answers_of_the_page_have_the_form_of_recorded_ones(folder: Path) -> None:
    text = section("answers.jsonl.gz")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    header, *calls = map(json.loads, block.splitlines())
    assert header["answers"] == recorded.VERSION
    assert all(recorded._is_call(call, number) for number, call in enumerate(calls, 1))
    assert all(f"`{kind}`" in text for kind in recorded.ENDINGS)
    repeated = recorded.read(folder / "report" / recorded.FILE).header
    assert all(f"`{name}`" in text for name in repeated if name != "answers")


def test_the_statement_names_what_is_to_be_signed(folder: Path) -> None:
    statement = json.loads(
        (folder / "report" / "statement.intoto.json").read_text(encoding="utf-8")
    )
    named = {
        each["name"].partition(" 2.")[0].partition(" 0.")[0]
        for each in statement["predicate"]["configuration"]
    }
    assert named == {"report.json", recorded.FILE, "nnspec specification", "nnspec suite"}
    assert f"predicate-type: {statement['predicateType']}" in PAGE


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH")
def test_a_certificate_is_signed_by_ssh_as_the_page_says(folder: Path) -> None:
    (folder / ".ssh").mkdir()
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / ".ssh" / "id_ed25519"],
        check=True,
    )
    sign, check = [
        block
        for block in re.findall(r"```bash\n(.*?)```", section("Signing"), re.DOTALL)
        if "ssh-keygen" in block
    ]
    check = check.replace("conformance verify report\n", "")

    def shell(commands: str) -> int:
        environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            ["bash", "-e"], cwd=folder, input=commands, text=True, env=environment, check=False
        ).returncode

    assert shell(sign.replace("~", "$HOME")) == 0
    assert shell(check.replace("~", "$HOME")) == 0
    assert verify(folder / "report").inconsistencies == ()
    statement = folder / "report" / "statement.intoto.json"
    statement.write_bytes(statement.read_bytes().replace(b"WARNED", b"PASSED"))
    assert shell(check.replace("~", "$HOME")) != 0
