"""Options, fixtures and order that all rooms of the tests share."""

import signal
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --backend: an adapter whose library is missing is skipped unless it is named here."""
    parser.addoption(
        "--backend",
        action="append",
        default=[],
        metavar="NAME[:DTYPE]",
        help="certify this bundled adapter, or fail (repeatable)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the proofs of a page: it remembers the page's cases and their truths."""
    for item in items:
        if item.get_closest_marker("proof") and (page := _page(item)):
            item.add_marker(pytest.mark.xdist_group(page))


def _page(item: pytest.Item) -> str:
    """Return the page that an item is about by its parameters, if it is about one."""
    # A worker measures coverage from here on: what is imported earlier would be missing.
    from nnspec import reference, spec
    from nnspec.conformance.terms.operations import page_of

    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    page, operation = parameters.get("page"), parameters.get("operation")
    if page in spec.pages():
        return str(page)
    return page_of(operation) if operation in reference.__all__ else ""


@pytest.fixture(autouse=True)
def _uncovered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the programs that a test with `no_cover` starts not measure coverage either."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C reach the programs that the test starts.

    A session in the background may have inherited that SIGINT is ignored, and would hand it on. A
    handler is not handed on: a program that is started beside one begins with the default.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
