"""Text from adapters as it may be printed: without control characters, and not too long."""

# A message of more characters is no message, nor a name.
_LONGEST = 2000
NAME = 200

# The last of the characters that a terminal takes for commands.
_LAST_CONTROL = 0x9F


def printable(text: str, limit: int = _LONGEST) -> str:
    """Return text from an adapter with visible control characters, and shortened if it is long.

    A terminal would obey control characters.
    """
    if len(text) > limit:
        end = limit // 4
        left_out = f" … {len(text) - limit:,} characters are left out here … "
        text = f"{text[: limit - end]}{left_out}{text[-end:]}"
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else _visible(letter) for letter in text
    )


def _visible(letter: str) -> str:
    return f"\\x{ord(letter):02x}" if ord(letter) <= _LAST_CONTROL else "�"


def first_sentence(message: str) -> str:
    """Return the sentence of a message that says what is true when it comes."""
    return printable(message.partition(". ")[0].rstrip(".") + ".")
