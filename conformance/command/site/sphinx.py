"""An extension of Sphinx: it draws formulas as MathML and names the anchors of clauses.

The anchor of a clause is the clause's id with a dash in place of the slash.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from nnspec.conformance.command.site.search import SCRIPTS
from nnspec.conformance.command.site.switch import switch
from nnspec.conformance.reports.mathml import mathml
from nnspec.spec.translations import LANGUAGES

_LOGGER = logging.getLogger(__name__)


class Anchors(SphinxTransform):
    """Makes the name of a heading's target the heading's anchor.

    Docutils would turn the underscores of the name into dashes.
    """

    # It runs after targets have reached their headings (260) and before Sphinx collects labels
    # (850).
    default_priority = 840

    def apply(self, **_: Any) -> None:
        """Rename the anchors of the page."""
        for target in list(self.document.findall(nodes.target)):
            for section in self.document.findall(nodes.section):
                if target.get("refid") in section["ids"]:
                    name = next(
                        name
                        for name in section["names"]
                        if self.document.nameids.get(name) == target["refid"]
                    )
                    anchor = name.rpartition(":")[2].replace("/", "-")
                    for each in section["names"]:
                        self.document.nameids[each] = anchor
                    section["ids"] = [anchor]
                    self.document.ids[anchor] = section
                    target["refid"] = anchor


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer and the anchors."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.add_transform(Anchors)
    app.add_config_value("nnspec_language", "", "env")
    app.connect("html-page-context", _search_clauses)
    app.connect("html-page-context", _speak)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _search_clauses(app: Sphinx, page: str, *_: Any) -> None:
    """Let the page of search results find clauses."""
    if page == "search":
        for name in SCRIPTS:
            app.add_js_file(name)


def _speak(app: Sphinx, page: str, _: str, context: dict[str, Any], *__: Any) -> None:
    """Name the language of a page, and offer the page in the other languages."""
    language = app.config.nnspec_language
    context["language"] = LANGUAGES.get(language, "en")
    context["switch"] = switch(page, language)


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    _draw(translator, node, display=False)


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    _draw(translator, node, display=True)


def _draw(translator: HTML5Translator, node: nodes.Element, *, display: bool) -> None:
    try:
        translator.body.append(mathml(node.astext(), display=display))
    except ValueError as error:
        _LOGGER.warning("%s", error, location=node)
    raise nodes.SkipNode
