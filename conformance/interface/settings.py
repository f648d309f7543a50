"""What a project says of its adapter: `[tool.nnspec]` in the nearest pyproject.toml.

A path that it names counts from the file's own folder. No other key than these may stand there.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FORMATS = ("float64", "float32", "float16", "bfloat16")
_KEYS = ("adapter", "dtypes", "seed")


class SettingsError(Exception):
    """A setting is unknown or not as it must be; the message says what was needed."""


@dataclass(frozen=True)
class Settings:
    """An adapter, the dtypes and the seed, with the file that says so; "" where none does."""

    adapter: str = ""
    dtypes: tuple[str, ...] = ()
    seed: int | str = 0
    file: str = ""


def project(folder: Path) -> Settings:
    """Return the settings of the nearest pyproject.toml that has any, from a folder upward.

    Raises SettingsError for an unknown key, or a value of another kind.
    """
    for each in (folder, *folder.parents):
        file = each / "pyproject.toml"
        if file.is_file() and (said := _said(file)) is not None:
            return _settings(said, file)
    return Settings()


def located(adapter: str, folder: Path) -> str:
    """Return an adapter that a file in a folder names: a path counts from that folder."""
    name, colon, attribute = adapter.rpartition(":")
    path, rest = (name, colon + attribute) if name.endswith(".py") else (adapter, "")
    if not path.endswith(".py") or os.path.isabs(path):  # noqa: PTH117  as it is written
        return adapter
    found = folder / path
    try:
        beside = os.path.relpath(found)
    except ValueError:  # on another drive
        beside = str(found)
    return f"{beside if beside.startswith('..') else f'./{beside}'}{rest}"


def _said(file: Path) -> Mapping[str, Any] | None:
    """Return the table of a file, None if it has none; other tools say that a file is broken."""
    import tomllib  # noqa: PLC0415  pytest loads this module in every session

    try:
        tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return None
    found = tool.get("nnspec") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        message = f"{file}: [tool.nnspec] must be a table"
        raise SettingsError(message)
    return found


def _settings(said: Mapping[str, Any], file: Path) -> Settings:
    for name, value in said.items():
        if name not in _KEYS:
            message = f"{file}: [tool.nnspec] has no key {name!r}; it takes {', '.join(_KEYS)}"
            raise SettingsError(message)
        if needed := _needed(name, value):
            message = f"{file}: {name} of [tool.nnspec] must be {needed}; got {value!r}"
            raise SettingsError(message)
    adapter = located(said.get("adapter", ""), file.parent)
    return Settings(adapter, tuple(said.get("dtypes", ())), said.get("seed", 0), str(file))


def _needed(name: str, value: Any) -> str:
    """Say what a value must be, "" if it is so."""
    if name == "adapter":
        return "" if isinstance(value, str) and value else "a name or a path"
    if name == "dtypes":
        fits = isinstance(value, list) and all(each in _FORMATS for each in value)
        return "" if fits else f"a list out of {', '.join(_FORMATS)}"
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if whole or value == "fresh" else 'a whole number from 0 on, or "fresh"'
