"""A running world: the real server and the real simulated bank on loopback sockets, with a clock that a test turns.

Nothing of ours is replaced; the servers run in a thread of their own, so tests are plain functions over HTTP.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from fanlight import sandbox
from fanlight.base.clock import FixedClock
from fanlight.cli import listening
from fanlight.demo.browser import Browser, Page
from fanlight.sandbox import Sandbox
from fanlight.storage.unit import Unit

R = TypeVar("R")

NOON = 1_785_672_000  # 2026-08-02 12:00 UTC
PATIENCE = 20.0


class Nexus:
    """A client of the Nexus face with one user's session."""

    def __init__(self, world: "World", token: str) -> None:
        self.world = world
        self.token = token

    def send(self, method: str, path: str, json: Any = None, **kwargs: Any) -> httpx2.Response:
        headers = {"MD-SESSION-TOKEN": self.token, **kwargs.pop("headers", {})}
        return self.world.http.request(method, self.world.url + path, json=json, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> httpx2.Response:
        return self.send("GET", path, **kwargs)

    def ok(self, method: str, path: str, json: Any = None) -> Any:
        """The answer's JSON; fails unless it is 200."""
        response = self.send(method, path, json)
        assert response.status_code == 200, (method, path, response.status_code, response.text)
        return response.json()

    def member(self, code: str = "mx_bank_oauth", **fields: Any) -> dict[str, Any]:
        """A new OAuth member at an institution, PENDING, with its first window."""
        body = {"member": {"institution_guid": self.world.institutions[code], "is_oauth": True, **fields}}
        answer: dict[str, Any] = self.ok("POST", "/members", body)["member"]
        return answer

    def read(self, guid: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.ok("GET", f"/members/{guid}")["member"]
        return answer

    def window(self, guid: str, **query: str) -> str:
        """A fresh window URI of a member."""
        response = self.get(f"/members/{guid}/oauth_window_uri", params=query)
        assert response.status_code == 200, response.text
        return str(response.json()["member"]["oauth_window_uri"])

    def connect(self, username: str = "ada", code: str = "mx_bank_oauth", **fields: Any) -> dict[str, Any]:
        """A member that has been through its window and, unless skipped, aggregated."""
        member = self.member(code, **fields)
        self.world.walk(member["oauth_window_uri"], username)
        return self.settled(member["guid"])

    def settled(self, guid: str) -> dict[str, Any]:
        """The member once nothing is being aggregated any more."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            member = self.read(guid)
            if not member["is_being_aggregated"]:
                return member
            time.sleep(0.02)
        raise AssertionError("the aggregation did not end")


class World:
    """The running servers, and hands on what is behind them."""

    def __init__(self, built: Sandbox, clock: FixedClock, loop: asyncio.AbstractEventLoop) -> None:
        self.ready = built.ready
        self.runtime = built.application.runtime
        self.bank = built.bank
        self.clock = clock
        self.url: str = built.ready["nexus"]
        self.institutions: dict[str, str] = built.ready["institutions"]
        self.http = httpx2.Client(timeout=30, limits=httpx2.Limits(max_connections=400))
        self.nexus = Nexus(self, built.ready["session_token"])
        self._loop = loop
        self._browsers: list[httpx2.Client] = []

    def user(self, name: str) -> Nexus:
        """A new user of the sandbox's client, with a session made over the wire."""
        key = {"MD-API-KEY": self.ready["api_key"], "Accept": "application/json"}
        base = f"/{self.ready['client_id']}/users"
        created = self.http.post(f"{self.ready['mdx']}{base}.json", json={"user": {"id": name}}, headers=key)
        assert created.status_code == 200, created.text
        return Nexus(self, self.session(self.api_token(name)))

    def api_token(self, name: str) -> str:
        path = f"{self.ready['sso']}/{self.ready['client_id']}/users/{name}/api_token.json"
        response = self.http.get(path, headers={"MD-API-KEY": self.ready["api_key"]})
        assert response.status_code == 200, response.text
        return str(response.json()["api_token"]["token"])

    def session(self, api_token: str) -> str:
        response = self.http.post(f"{self.url}/sessions", headers={"MD-API-TOKEN": api_token})
        assert response.status_code == 200, response.text
        return str(response.json()["session"]["token"])

    def browser(self) -> Browser:
        return Browser((self.url, self.ready["bank"]))

    def walk(self, uri: str, username: str = "ada", decision: str = "authorize") -> Page:
        """Walk a window to its end as a person would; raises Left where it ends in an app or at a client."""
        with self.browser() as browser:
            page = browser.open(uri)
            if page.forms and page.url.startswith(self.url):
                page = browser.submit(page)  # the client has the person asked first
            page = browser.submit(page, username=username, password="correct")
            return browser.submit(page, decision=decision) if page.forms else page

    def up_to_callback(
        self, uri: str, username: str = "ada", meanwhile: Callable[[], object] = lambda: None
    ) -> tuple[httpx2.Client, str]:
        """Walk a window up to its callback without following it: the browser and the callback's URL.

        `meanwhile` happens while the person stands on the login page.
        """
        client = httpx2.Client(timeout=30)
        self._browsers.append(client)
        page = Page(client.get(self.opened(client, uri).headers["location"]))
        meanwhile()
        consent = Page(
            client.post(page.forms[0].action, data=page.forms[0].filled({"username": username, "password": "correct"}))
        )
        back = client.post(consent.forms[0].action, data=consent.forms[0].filled({"decision": "authorize"}))
        return client, str(back.headers["location"])

    def opened(self, client: httpx2.Client, uri: str) -> httpx2.Response:
        """The answer that spends a window's URI: at once, or to the button where the client has the person asked."""
        answer = client.get(uri)
        return client.post(uri, headers={"origin": self.url}) if "<form" in answer.text else answer

    def close(self) -> None:
        for client in (self.http, *self._browsers):
            client.close()

    def unit(self, work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run a unit of work on the server's own store."""
        result: R = self.run(self.runtime.store.write(work, *args, **kwargs))
        return result

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine in the servers' event loop."""
        return self.begin(coroutine).result(PATIENCE)

    def begin(self, coroutine: Any) -> "Future[Any]":
        """The same without waiting for its end."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Look into the database directly."""

        def read(unit: Unit) -> list[tuple[Any, ...]]:
            return unit._connection.execute(sql, parameters).fetchall()

        return self.unit(read)


@contextmanager
def running(place: Path, *, seed: int = 1, now: int = NOON, **settings: Any) -> Iterator[World]:
    """A world in a directory until the block ends; `settings` replace single settings."""
    clock = FixedClock(now)
    sockets = (listening.bind("127.0.0.1", 0), listening.bind("127.0.0.1", 0))
    built = sandbox.build(place, *map(listening.url_of, sockets), seed=seed, clock=clock, settings=settings)
    servers = [listening.server_for(app, log_level="critical") for app in (built.application, built.bank)]
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def main() -> None:
        tasks = [asyncio.create_task(server.serve([sock])) for server, sock in zip(servers, sockets, strict=True)]
        while not all(server.started for server in servers) and not any(task.done() for task in tasks):
            await asyncio.sleep(0.002)
        ready.set()
        await asyncio.gather(*tasks)

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(main())

    thread = threading.Thread(target=work, name="world", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the world did not start"
    world = World(built, clock, loop)
    try:
        yield world
    finally:
        world.close()
        for server in servers:
            server.should_exit = True
        thread.join(PATIENCE)
        loop.close()
        for sock in sockets:
            sock.close()


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
