"""Foreign OAuth clients as processes, and the bank that they come to; a test is the customer with the browser.

A client gets its configuration as one JSON argument. It writes `{"go": URL}` where the browser is to go, reads the
URL that the browser was sent back to, and at its end writes `{"done": {...}}`: what it saw.
"""

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fanlight.bank import Bank, BankClient, Brand
from fanlight.bank.brands import BRANDS
from fanlight.cli import listening
from fanlight.demo.browser import Browser, Left

CALLBACK = "http://127.0.0.1:9/callback"
"""Nobody listens there: the browser is stopped before it goes."""
PATIENCE = 60.0


@contextmanager
def serving(clients: Sequence[BankClient], brands: Sequence[Brand] = BRANDS) -> Iterator[Bank]:
    """The bank on a socket of loopback, with the time of the machine, as foreign clients have no other."""
    sock = listening.bind("127.0.0.1", 0)
    bank = Bank(base_url=listening.url_of(sock), clients=clients, brands=brands)
    server = listening.server_for(bank, log_level="critical")
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([sock])), name="bank", daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        sock.close()


def customer(bank: Bank, username: str = "ann", decision: str = "authorize") -> Callable[[str], str]:
    """Somebody who signs in at the bank and decides; gives where the bank sends the browser afterwards."""

    def walk(url: str) -> str:
        with Browser((bank.base_url,)) as browser:
            try:
                page = browser.submit(browser.open(url), username=username, password="correct")
                page = browser.submit(page, decision=decision)
            except Left as left:
                return left.url
        raise AssertionError(f"the bank keeps the customer: {page.text}")

    return walk


def converse(
    command: Sequence[str], config: Mapping[str, Any], walk: Callable[[str], str], env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a client to its end; what it saw."""
    process = subprocess.Popen(
        [*command, json.dumps(config)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=env,
    )  # fmt: skip
    watch = threading.Timer(PATIENCE, process.kill)
    watch.start()
    try:
        return _heard(process, walk)
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def _heard(process: "subprocess.Popen[str]", walk: Callable[[str], str]) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    for line in process.stdout:
        said = json.loads(line)
        if "done" in said:
            done: dict[str, Any] = said["done"]
            return done
        process.stdin.write(walk(said["go"]) + "\n")
        process.stdin.flush()
    raise AssertionError(f"the client gave up:\n{process.stderr.read()}")
