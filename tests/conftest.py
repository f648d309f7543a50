"""The option --backend: a bundled adapter whose library is missing is skipped, unless it is asked for by name."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backend",
        action="append",
        default=[],
        metavar="NAME[:DTYPE]",
        help="certify this bundled adapter, or fail (repeatable)",
    )
