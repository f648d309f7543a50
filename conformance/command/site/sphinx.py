"""An extension of Sphinx: formulas are drawn as MathML, and the anchor of a clause is its name with a dash for the stroke."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from nnspec.conformance.reports.mathml import mathml

_LOGGER = logging.getLogger(__name__)


class Anchors(SphinxTransform):
    """Gives each heading with a target of its own that target's name for an anchor; docutils would turn underscores into dashes."""

    default_priority = (
        840  # after targets have reached their headings (260), before Sphinx collects labels (850)
    )

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
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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
