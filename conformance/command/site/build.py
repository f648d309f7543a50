"""Builds the site: collects its pages in a folder and lets Sphinx make HTML of them.

Sphinx is an optional dependency.
"""

import argparse
import importlib.util
import io
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnspec import spec
from nnspec.conformance.command import formats, screen
from nnspec.conformance.command.site import (
    documents,
    front,
    operation,
    pages,
    search,
    style,
    translated,
)
from nnspec.conformance.reports import clauses
from nnspec.conformance.run import power, report
from nnspec.conformance.run.power import Kill
from nnspec.conformance.terms import extras
from nnspec.conformance.terms.files import WritingError, claimed, reason
from nnspec.spec.translations import LANGUAGES, said

# The packages of the extra `site`, under the names by which Python imports them.
_NEEDED = ("sphinx", "myst_parser", "furo", "latex2mathml")

# A folder that holds this file was made here: the command may delete it and build it again.
_MARK = ".made-by-nnspec"

_SETTINGS: dict[str, Any] = {
    "project": "nnspec",
    "extensions": ["myst_parser", "nnspec.conformance.command.site.sphinx"],
    "myst_enable_extensions": ["dollarmath"],
    "myst_fence_as_directive": ["math"],
    "myst_heading_anchors": 2,
    # A language is a scheme: its site lies beside the folder of the pages that lead there.
    "myst_url_schemes": {"http": None, "https": None}
    | {language: f"../{language}/{{{{path}}}}" for language in LANGUAGES},
    "nitpicky": True,
    "html_theme": "furo",
    "html_math_renderer": "mathml",
    "html_title": f"nnspec, edition {spec.edition()}",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_static_path": ["static"],
    "html_css_files": ["site.css"],
    "html_use_index": False,
    "templates_path": [str(Path(__file__).with_name("templates"))],
    # Excerpts of pages would be fetched, which browsers refuse to a page out of a folder.
    "html_show_search_summary": False,
}


# The names under which Sphinx has its own words in the languages.
_CATALOGS = {"zh": "zh_CN"}


class PublishingError(Exception):
    """A site cannot be built; the message names the missing package or the obstacle."""


def main(options: argparse.Namespace) -> int:
    """Build the specification as a site, and print the path of its first page."""
    kills = screen.counted(power.kills(diagnosed=lambda *_: False)) if options.power else []
    reports = [report.read(Path(each)) for each in options.reports]
    print(publish(Path(options.folder), kills, reports))
    return 0


def publish(
    folder: Path, kills: Sequence[Kill] = (), reports: Sequence[Mapping[str, Any]] = ()
) -> Path:
    """Build the site into a folder that is new, empty or an earlier site; return its index.html.

    Raises PublishingError if a package is missing, if the folder holds other files, or if Sphinx
    prints a warning.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = (
            f"Sphinx makes the site; {', '.join(missing)} cannot be imported: "
            f"{extras.installing('site')}"
        )
        raise PublishingError(message)
    if folder.exists() and not folder.is_dir():
        message = f"the site needs a folder; {folder} is a file"
        raise PublishingError(message)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        message = f"{folder} holds files of another origin than this command; it is left as it is"
        raise PublishingError(message)
    # A link stays a link: the folder that it leads to is replaced.
    where = folder.resolve()
    existed = where.exists()
    try:
        _publish(where, kills, reports)
    except BaseException:
        # What is made to claim it is empty then.
        if not existed:
            with suppress(OSError):
                where.rmdir()
        raise
    return folder / "index.html"


def _publish(where: Path, kills: Sequence[Kill], reports: Sequence[Mapping[str, Any]]) -> None:
    with claimed(where), tempfile.TemporaryDirectory() as name:
        source, built = Path(name, "source"), Path(name, "site")
        assemble(source, kills, reports)
        # Files that are put beside the pages as they are.
        _build(source, built, _SETTINGS | {"html_extra_path": ["extra"]})
        for language in LANGUAGES:
            assemble_translated(Path(name, language), language)
            _build(Path(name, language), built / language, _SETTINGS | _translated(language))
        (built / _MARK).write_text(spec.digest() + "\n", encoding="utf-8")
        try:
            _put(built, where)
        except OSError as error:
            message = f"{where} cannot be written: {reason(error)}"
            raise WritingError(message) from None


def _put(built: Path, where: Path) -> None:
    """Put a site into the place of a folder: it is whole beside it before that is removed."""
    with tempfile.TemporaryDirectory(prefix=".nnspec-", dir=where.parent) as name:
        new, old = Path(name, "new"), Path(name, "old")
        shutil.copytree(built, new)
        try:
            where.rename(old)
        except OSError:  # another file system begins there
            for each in where.iterdir():
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
            shutil.copytree(new, where, dirs_exist_ok=True)
            return
        try:
            new.rename(where)
        except BaseException:
            old.rename(where)
            raise


def assemble(
    source: Path, kills: Sequence[Kill] = (), reports: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Write all files that Sphinx reads: the pages, and the files that pages show or offer."""
    shutil.copytree(spec.FOLDER / "figures", source / "spec" / "figures")
    for folder in ("vectors", "measured"):
        shutil.copytree(spec.FOLDER / folder, source / "spec" / folder)
    for path, file in documents.offered().items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, source / path)
    static = {"picture.svg": front.picture(), **search.scripts()}
    written = pages.site(kills, reports) | operation.site_of_operations()
    written |= {"extra/clauses.json": formats.json(clauses.document())}
    written |= {"extra/clauses.schema.json": clauses.SCHEMA.read_text(encoding="utf-8")}
    _write(source, written, static)


def assemble_translated(source: Path, language: str) -> None:
    """Write all files that Sphinx reads for the site in another language."""
    shutil.copytree(spec.FOLDER / "figures", source / "figures")
    _write(source, translated.site(language), search.scripts(language))


def _write(source: Path, written: Mapping[str, str], static: Mapping[str, str]) -> None:
    static = {"site.css": style.style(), **static}
    written = {**written, **{f"static/{name}": text for name, text in static.items()}}
    for path, text in written.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, encoding="utf-8")


def _translated(language: str) -> dict[str, Any]:
    """Return the settings that differ for another language.

    Links with the scheme of `translated` lead from its folder to the English site above it.
    """
    schemes = _SETTINGS["myst_url_schemes"]
    return {
        "language": _CATALOGS[language],
        "nnspec_language": language,
        "html_title": f"nnspec，{said('The specification', language)} {spec.edition()}",
        "myst_url_schemes": schemes | {translated.SCHEME: "../{{path}}#{{fragment}}"},
    }


def _build(source: Path, built: Path, settings: Mapping[str, Any]) -> None:
    """Run Sphinx. Raises PublishingError, with the warnings, if Sphinx prints any."""
    from sphinx.application import Sphinx  # noqa: PLC0415  the extra may be missing
    from sphinx.util.docutils import docutils_namespace, patch_docutils  # noqa: PLC0415

    told = io.StringIO()
    with patch_docutils(), docutils_namespace(), warnings.catch_warnings():
        # Python's warnings are about these packages' own code. Sphinx writes its warnings about
        # the pages to the stream.
        warnings.simplefilter("ignore")
        app = Sphinx(
            source,
            None,
            built,
            source.parent / f"doctrees of {source.name}",
            "html",
            dict(settings),
            status=None,
            warning=told,
            warningiserror=True,
        )
        app.build()
    if app.statuscode or told.getvalue():
        message = f"the site has errors:\n{told.getvalue()}"
        raise PublishingError(message)
