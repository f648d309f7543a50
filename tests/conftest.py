"""The option and the fixtures that all rooms of the tests share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# What changes the output of programs, or a pytest in pytest. A test that is about one sets it.
INHERITED = (
    "COLUMNS",
    "LINES",
    "TERM",
    "COLORTERM",
    "FORCE_COLOR",
    "NO_COLOR",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "PY_COLORS",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    # By these pytest and Hypothesis know a machine of continuous integration, and print more.
    "BUILD_NUMBER",
    "BUILDKITE",
    "CI",
    "CIRCLECI",
    "CIRRUS_CI",
    "CODEBUILD_BUILD_ID",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "HEROKU_TEST_RUN_ID",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "CONFORMANCE_ADAPTER",
    "PYTEST_ADDOPTS",
    "PYTHONWARNINGS",
)


# Files of which each page, the parameter of their tests, is asked by one worker.
BY_PAGE = ("tests/proof/test_power.py",)

# Files that one worker runs, since it takes half a minute to build the site that they look at.
OF_THE_SITE = ("tests/command/test_site.py", "tests/reports/test_site_browser.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --backend: an adapter whose library is missing is skipped unless it is named here."""
    parser.addoption(
        "--backend",
        action="append",
        default=[],
        metavar="NAME[:DTYPE]",
        help="certify this bundled adapter, or fail (repeatable)",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Leave out of the environment what no test may depend on.

    Last, so that the output of this pytest is what its user wishes.
    """
    for name in INHERITED:
        os.environ.pop(name, None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup` a worker runs a file whole, or all that is asked of a page.

    It has their fixtures and their caches. The groups of xdist 3.8 are lost with pytest 9.2, which
    keeps the ids of its items elsewhere.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file in OF_THE_SITE:
                return "the site"
            return f"{file}[{test.partition('[')[2]}" if file in BY_PAGE else file

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the studies unless `-m` names them: `-m ""` takes in the proofs alone.

    Raises UsageError if the id of a test has an address, which is another one in each worker.
    """
    for item in items:
        if " at 0x" in item.nodeid:
            message = f"{item.nodeid} is another test in each process: it needs an id"
            raise pytest.UsageError(message)
    if "study" in config.option.markexpr.replace("not study", ""):
        return
    studies = [item for item in items if item.get_closest_marker("study")]
    config.hook.pytest_deselected(items=studies)
    items[:] = [item for item in items if item not in studies]


@pytest.fixture(autouse=True)
def _uncovered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the programs that a test with `no_cover` starts not measure coverage either."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the whole site, in all languages."""
    from nnspec.conformance.command.site import build

    return build.publish(tmp_path_factory.mktemp("site") / "pages").parent


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C reach the programs that the test starts.

    A session in the background may have inherited that SIGINT is ignored, and would hand it on. A
    handler is not handed on: a program that is started beside one begins with the default.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
