"""`coverage --format html`: judged clauses and executed lines in one self-contained page."""

from collections.abc import Sequence

from markupsafe import Markup

from nnspec.conformance.reports import coverage, html, mathml
from nnspec.conformance.reports.reaching import VERSION
from nnspec.conformance.run.reach import File, Reach, shares, whole


def text(found: Reach, files: Sequence[File]) -> str:
    """Return the page."""
    templates = html.templates()
    names = ("report.css", "coverage.css")
    style = "".join(html.source(templates, name) for name in names) + mathml.STYLE
    reached = shares(found, files)
    bars = [("clauses judged", 100 * reached[0])]
    if files:
        every = whole(files)
        bars.append(("lines executed", 100 * reached[1]))
        if every.branches[1]:
            bars.append(("branches taken", 100 * every.branches[0] / every.branches[1]))
    return templates.get_template("coverage.html").render(
        found=found,
        files=[(each, _percent(each.lines), coverage.missing(each)) for each in files],
        bars=bars,
        version=VERSION,
        style=Markup(style),  # noqa: S704  ours
        digest=html.digest(style),
        extents=coverage.extents(found),
        gaps=list(coverage.gaps(found)),
        executed=coverage.executed(files) if files else "",
    )


def _percent(pair: tuple[int, int]) -> float:
    return 100 * pair[0] / pair[1] if pair[1] else 0.0
