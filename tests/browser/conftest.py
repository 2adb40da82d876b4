"""Fixtures of the browser tests: one Chromium for the folder, a fresh profile for each test, a client's web site."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser import finding
from browser.site import ClientSite, serving
from browser.visitor import Visitor, Visitors

LEFT_OUT = f"BROWSER TESTS LEFT OUT: {finding.NAMED}={finding.NONE}. The OAuth window was not walked in real Chromium."
FLAGS = (
    "--no-sandbox",  # Chromium refuses its sandbox to root, as in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave browser tests out where that was asked for, and wait for an installer where there is no browser."""
    concerned = [item for item in items if item.get_closest_marker("browser") and HERE in item.path.parents]
    if finding.is_left_out():
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT))
    elif finding.must_install():
        for item in concerned:
            item.add_marker(pytest.mark.timeout(finding.INSTALL_PATIENCE))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say aloud what was left out, in a run of one process."""
    if finding.is_left_out() and config.getoption("dist", "no") == "no":
        terminalreporter.write_line(LEFT_OUT, yellow=True, bold=True)


def pytest_unconfigure() -> None:
    """The same under xdist, where only workers are sure to load this file: their stderr is the terminal's."""
    if finding.is_left_out() and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
        os.write(2, f"\n{LEFT_OUT}\n".encode())


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. Not for the session: while playwright runs, its thread counts as having a running event loop, and
    tests elsewhere that call asyncio.run would fail in the same worker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """Makes people with a browser of their own."""
    with Visitors(chromium) as made:
        yield made


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """A person at a desktop."""
    return visitors.new()


@pytest.fixture
def site() -> Iterator[ClientSite]:
    """A client's web site, at an origin of its own."""
    with serving("127.0.0.1") as built:
        yield built


@pytest.fixture
def evil_site() -> Iterator[ClientSite]:
    """Somebody else's web site, at another origin."""
    with serving("localhost") as built:
        yield built


def _executable() -> str:
    try:
        return finding.executable()
    except finding.BrowserMissingError as missing:
        trouble = str(missing)
    pytest.fail(trouble, pytrace=False)
