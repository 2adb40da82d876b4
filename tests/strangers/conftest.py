"""Fixtures of the strangers' tests: real Chromium for the windows, where browser tests are not left out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser import finding
from browser.conftest import FLAGS, LEFT_OUT, _executable
from browser.visitor import Visitors


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one module: while playwright runs, asyncio.run fails in its thread, and other modules here need it."""
    if finding.is_left_out():
        pytest.skip(LEFT_OUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """Makes people with a browser of their own."""
    with Visitors(chromium) as made:
        yield made
