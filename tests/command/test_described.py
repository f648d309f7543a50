"""Whatever a user can write or read has its words: options, attributes, keys and files stand on
their pages, and the pages name no other."""

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnspec import conformance, reference
from nnspec.conformance.command import pytest_plugin
from nnspec.conformance.command.options import parser
from nnspec.conformance.sources import template
from nnspec.conformance.sources.child import Child
from nnspec.conformance.sources.description import describe
from tests.sources.programs import SCHEMAS, child

ROOT = Path(__file__).parents[2]
SUITE = Path(conformance.__file__).parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "conformance").rglob("*.md"))]
}
PROTOCOL = PAGES["conformance/sources/protocol.md"]

# So many lines has the first page at most.
_LINES = 150

# The lines of a page whose programs are not ours, and whose options are not either.
FOREIGN = re.compile(
    r"pytest|pip |npm |venv|pyftsubset|cosign|gh attestation|certificate-identity|jq "
)

# Options of other programs that the text of a page names: of pytest, and of its plugins.
ELSEWHERE = {"--pdb", "--junitxml", "--cov", "--cov-branch"}


class Option:
    """An option of one command or of several, with the words that help gives it."""

    def __init__(self, name: str, words: str) -> None:
        self.name, self.words = name, words
        self.commands: list[str] = []


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(found)


def options() -> list[Option]:
    """Return the options of all commands; a name with other words is another option."""
    found: dict[tuple[str, str], Option] = {}
    for command, each in {"conformance": parser(), **commands()}.items():
        for action in each._actions:
            for name in action.option_strings:
                if action.dest != "help":
                    words = action.help or ""
                    option = found.setdefault((name, words), Option(name, words))
                    option.commands.append(command)
    return list(found.values())


def of_the_plugin() -> tuple[set[str], set[str]]:
    """Return the options and the ini options that the plugin adds to pytest."""
    made = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(made)
    names = {name for group in made._groups for each in group.options for name in each.names()}
    return names, set(made._inidict)


def lines(page: str) -> Iterator[str]:
    """Yield the lines of the blocks of code of a page, those that a backslash joins as one."""
    for block in re.findall(r"^```\w*\n(.*?)^```", PAGES[page], re.DOTALL | re.MULTILINE):
        yield from block.replace("\\\n", " ").splitlines()


def names(text: str, option: str) -> bool:
    return re.search(rf"(?<![\w-]){option}(?![\w-])", text) is not None


@pytest.mark.parametrize("option", options(), ids=lambda each: f"{each.commands[0]} {each.name}")
def test_an_option_has_words_in_the_help_and_stands_on_a_page_of_its_command(
    option: Option,
) -> None:
    assert len(option.words.split()) > 1
    places = [
        page
        for page, text in PAGES.items()
        if names(text, option.name)
        and any(re.search(rf"\b{command}\b", text) for command in option.commands)
    ]
    assert places


def test_every_command_stands_on_a_page_and_has_words_in_the_help() -> None:
    for command, made in commands().items():
        assert any(re.search(rf"conformance {command}\b", text) for text in PAGES.values()), command
        assert made.description
        assert all(action.help or action.metavar for action in made._actions)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_of_a_page_is_one(page: str) -> None:
    spans = re.findall(r"`([^`\n]+)`", PAGES[page])
    found = [re.sub(r"^(- run: |\$ |\S*/bin/)", "", each) for each in [*spans, *lines(page)]]
    ours = [shlex.split(each, comments=True) for each in found if re.match(r"conformance \w", each)]
    assert ours or page != "README.md"
    for _, command, *rest in ours:
        # A command alone is its name. A line may hold more than the command.
        assert command in commands()
        try:
            assert not rest or parser().parse_args([command, *rest])
        except SystemExit:
            pytest.fail(f"{page}: conformance {command} {shlex.join(rest)}")


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_a_page_names_is_one(page: str) -> None:
    known = {option.name for option in options()} | of_the_plugin()[0] | ELSEWHERE
    whole = PAGES[page].replace("\\\n", " ").splitlines()
    ours = "\n".join(line for line in whole if not FOREIGN.search(line))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours))
    assert named <= known


def test_the_ways_to_name_an_adapter_to_pytest_stand_on_its_page() -> None:
    of_command, of_file = of_the_plugin()
    page = PAGES["conformance/command/pytest.md"]
    assert of_command == {"--adapter", "--adapter-dtype", "--adapter-seed"}
    assert all(names(page, name) for name in of_command)
    assert all(f"`{name}`" in page for name in of_file | {"CONFORMANCE_ADAPTER"})


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(PAGES["README.md"].splitlines()) <= _LINES
    linked = set(re.findall(r"\]\(([^)#]+)", PAGES["README.md"]))
    assert set(PAGES) - {"README.md"} <= linked


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", PAGES[page])):
        path, _, heading = target.partition("#")
        if not path.startswith("https://"):
            file = (ROOT / page).parent / path if path else ROOT / page
            assert file.exists(), target
            assert not heading or heading in anchors(file), target


def anchors(file: Path) -> set[str]:
    """Return the anchors that GitHub and the site give to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


class Asked:
    """An adapter without any attribute, which notes the names that it is asked for."""

    def __init__(self) -> None:
        self.__dict__["_asked"] = set()

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        raise AttributeError(name)


def test_the_attributes_of_an_adapter_are_those_of_the_template_of_init() -> None:
    adapter = Asked()
    describe(adapter)
    # What an adapter needs is read in its file, before that is run.
    attributes = {name for name in adapter._asked if not name.startswith("_")} | {"needs"}
    head = template.blank_adapter("it.py").partition("\ndef ")[0]
    written = re.findall(r"^(?:# )?(\w+) = \S", head, re.MULTILINE)
    assert len(written) == len(set(written))
    assert set(written) == attributes - set(reference.__all__)


def looked_at(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the keys of a reply to start that the suite looks at."""
    seen: set[str] = set()

    class Watched(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            seen.add(str(key))
            return super().__contains__(key)

        def get(self, key: str, default: Any = None) -> Any:
            seen.add(key)
            return super().get(key, default)

        def __getitem__(self, key: str) -> Any:
            seen.add(key)
            return super().__getitem__(key)

    exchange = Child.exchange
    monkeypatch.setattr(Child, "exchange", lambda *given: Watched(exchange(*given)))
    child("absent").close()
    return seen - {"error"}


def test_the_keys_of_a_reply_to_start_are_those_of_page_schema_and_suite(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = PROTOCOL.partition("### start")[2].partition("###")[0]
    optional = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    described = SCHEMAS["reply.json"]["$defs"]["description"]
    required = set(described["required"])
    assert optional == set(described["properties"]) - required
    assert optional | required == looked_at(monkeypatch)


def keys_of(schema: Any) -> set[str]:
    """Return the names of all properties in a schema."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own.union(*map(keys_of, schema.values()))


def test_the_keys_of_all_messages_are_those_of_the_page() -> None:
    page = PROTOCOL
    written = set(re.findall(r'"(\w+)":', page))
    # Parameters of operations and the worker's own key are no keys of the protocol.
    others = {"learning_rate"}
    keys = keys_of(list(SCHEMAS.values())) - {"adapter"}
    assert written - others <= keys
    assert {key for key in keys if not re.search(rf'`"?{key}"?[`:]|"{key}":', page)} == set()


def test_the_row_of_a_version_names_the_keys_that_it_adds() -> None:
    folder = SUITE / "sources" / "schemas" / "version_1"
    first = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    (row,) = re.findall(r"^\| 2 \|(.*)\|$", PROTOCOL, re.MULTILINE)
    added = keys_of(list(SCHEMAS.values())) - keys_of(first)
    assert set(re.findall(r"`(\w+)`", row)) == added
