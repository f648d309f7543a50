"""The sections of a page of HTML, by their anchors."""

from html.parser import HTMLParser

# Sphinx curls quotation marks, which Markdown has straight.
STRAIGHT = str.maketrans("“”‘’", "\"\"''")


# What tells one formula or table from another with the same words.
STRUCTURE = ("math", "mfrac", "msqrt", "msup", "msub", "table")


def parted(tag: str) -> str:
    """Return the space that a tag puts between words; code that is colored has many spans."""
    return "" if tag == "span" else " "


class Sections(HTMLParser):
    """The words and the formulas of each section, in their order.

    White space is folded, and quotation marks are straight.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.open: list[str] = []
        self.mark = False
        self.feed(text)
        self.found = {
            name: " ".join(said.translate(STRAIGHT).split()) for name, said in self.found.items()
        }

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.open.append(dict(attrs)["id"] or "")
        # Sphinx puts a mark behind a heading, which links to it.
        self.mark = tag == "a" and ("class", "headerlink") in attrs
        self.handle_data(f" <{tag}> " if tag in STRUCTURE else parted(tag))

    def handle_endtag(self, tag: str) -> None:
        self.mark = False
        if tag == "section":
            self.open.pop()
        self.handle_data(parted(tag))

    def handle_data(self, data: str) -> None:
        if self.open and not self.mark:
            self.found[self.open[-1]] = self.found.get(self.open[-1], "") + data
