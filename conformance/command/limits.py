"""The options that limit an adapter: the time of a call, and the memory of its processes."""

from nnspec.conformance.command import arguments
from nnspec.conformance.command.parsing import Parser

# The gibibytes that an adapter's processes may hold unless told otherwise.
_MEMORY = 4


def limiting() -> Parser:
    """Return the parser of these options, a parent of those that start an adapter."""
    made = Parser(add_help=False)
    made.add_argument(
        "--time-limit",
        type=arguments.seconds,
        default=10.0,
        metavar="SECONDS",
        help="for each call (default 10)",
    )
    made.add_argument(
        "--warm-up-limit",
        type=arguments.seconds,
        default=60.0,
        metavar="SECONDS",
        help="for the first call of an operation in a dtype (default 60); "
        "a start may take twice as long",
    )
    made.add_argument(
        "--memory-limit",
        type=arguments.gibibytes,
        default=_MEMORY * arguments.GIBIBYTE,
        metavar="GIB",
        help="of all processes of an adapter together, without what they share with others "
        f"(default {_MEMORY}, 0 for none; Linux only)",
    )
    return made
