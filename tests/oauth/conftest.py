"""A bank's authorization server for each test."""

from collections.abc import Iterator

import pytest

from support.authorization_server import Bank, serving


@pytest.fixture
def bank() -> Iterator[Bank]:
    with serving(Bank()) as bank:
        yield bank
