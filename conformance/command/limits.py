"""The options that limit an adapter: the time of a call, and the memory of its processes."""

import argparse

# Bytes of a gibibyte, and the gibibytes that an adapter's processes may hold unless told otherwise.
_GIBIBYTE = 2**30
_MEMORY = 4


def limiting() -> argparse.ArgumentParser:
    """Return the parser of these options, a parent of those that start an adapter."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--time-limit",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="for each call (default 10)",
    )
    made.add_argument(
        "--warm-up-limit",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="for the first call of an operation in a dtype (default 60)",
    )
    made.add_argument(
        "--memory-limit",
        type=_gibibytes,
        default=_MEMORY * _GIBIBYTE,
        metavar="GIB",
        help="of all processes of an adapter together, without what they share with others "
        f"(default {_MEMORY}, 0 for none; Linux only)",
    )
    return made


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number of seconds; got {text}")
    return value


def _gibibytes(text: str) -> int:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of GiB, or 0 for none; got {text}")
    return int(value * _GIBIBYTE)
