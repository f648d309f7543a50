"""Text from adapters as it may be printed: on one line, and nothing in it is a command.

Every text that an adapter, a file or a command line can say goes through `printable` or `lines`.
A terminal would obey control characters, and a CI server lines such as `::error::` or `##[error]`.
"""

import re

# A message of more characters is no message, nor a name.
_LONGEST = 2000
NAME = 200

# The last of the characters that a terminal takes for commands.
_LAST_CONTROL = 0x9F

_SHOWN = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# What begins a command of GitHub Actions, of Azure Pipelines or of TeamCity. GitHub reads the first
# form at the beginning of a line alone, but a terminal may break a line anywhere.
_COMMAND = re.compile(r":(?=:[a-z][\w.-]*(?: .*?)?::)|#(?=#(?:\[|vso\[|teamcity\[))", re.IGNORECASE)

# The margin of a block of lines: a line of an adapter's is never one of ours.
MARGIN = "│ "


def printable(text: str, limit: int = _LONGEST) -> str:
    """Return text from an adapter on one line: line breaks and control characters are visible.

    Long text is shortened in its middle.
    """
    return _plain(shortened(text, limit))


def lines(text: str, limit: int = _LONGEST) -> list[str]:
    """Return the lines of text from an adapter, each as `printable` returns it."""
    return [_plain(line.expandtabs()) for line in shortened(text, limit).splitlines()]


def block(text: str, limit: int = _LONGEST) -> str:
    """Return text from an adapter with its line breaks, for a page that marks its beginning."""
    return "\n".join(lines(text, limit))


def shortened(text: str, limit: int) -> str:
    """Return text without its middle if it is too long."""
    if len(text) <= limit:
        return text
    end = limit // 4
    left_out = f" … {len(text) - limit:,} characters are left out here … "
    return f"{text[: limit - end]}{left_out}{text[-end:]}"


def _plain(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else _visible(letter) for letter in text)
    return _COMMAND.sub(lambda match: f"{match[0]} ", shown)


def _visible(letter: str) -> str:
    return _SHOWN.get(letter) or (f"\\x{ord(letter):02x}" if ord(letter) <= _LAST_CONTROL else "�")


def first_sentence(message: str) -> str:
    """Return the sentence of a message that says what is true when it comes."""
    return printable(message.partition(". ")[0].rstrip(".") + ".")
