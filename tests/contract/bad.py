"""Bad input: what a refusal looks like, and the proof that nothing was harmed by one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from support.world import Nexus, World

TABLES = ("users", "members", "member_credentials", "oauth_states", "grants", "jobs", "challenges") + (
    "accounts",
    "transactions",
    "account_numbers",
    "account_owners",
)
TELLTALES = ("Traceback", 'File "', "fanlight/", "sqlite3", "msgspec", "Error(")


def counts(world: World) -> dict[str, int]:
    """How many rows there are."""
    columns = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
    return dict(zip(TABLES, world.rows(f"SELECT {columns}")[0], strict=True))


@contextmanager
def unharmed(nexus: Nexus) -> Iterator[None]:
    """What happens inside stores nothing, and the server still answers afterwards."""
    before = counts(nexus.world)
    yield
    assert counts(nexus.world) == before
    assert nexus.get("/user").status_code == 200


def refused(response: httpx2.Response, *codes: int) -> str:
    """The message of a refusal with one of these codes, in the form of the Nexus face."""
    assert "json" in response.headers["content-type"], response.text[:300]
    body = response.json()
    assert body.keys() == {"error"}, body
    assert body["error"].keys() == {"code", "message"}, body
    assert body["error"]["code"] in codes, body
    assert response.status_code == body["error"]["code"] // 10
    message = str(body["error"]["message"])
    assert message
    assert not [word for word in TELLTALES if word in message], message
    return message


def ids(values: Mapping[str, object]) -> list[Any]:
    """Parameters whose test ids are their names."""
    return [pytest.param(value, id=name) for name, value in values.items()]
