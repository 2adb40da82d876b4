"""The simulated bank's UK room behind Prism's proxy: what it answers is what the published descriptions promise."""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from bank.signing import keyed_bank
from bank.uk_client import PERMISSIONS, UK, UkCustomer
from fanlight.bank import Bank
from fanlight.cli import listening
from strangers import node

SPECS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "specs" / "uk-open-banking"
DOCUMENTS = {"3.1": "account-info-v3.1.11r5.yaml", "4.0": "account-info-v4.0-Update-4.yaml"}
PATIENCE = 20.0


@contextmanager
def served(bank: Bank) -> Iterator[str]:
    """The bank on a socket of loopback, in a thread; its URL."""
    sock = listening.bind("127.0.0.1", 0)
    server = listening.server_for(bank, log_level="critical")
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([sock])), daemon=True)
    thread.start()
    try:
        yield listening.url_of(sock)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        sock.close()


@contextmanager
def proxied(document: Path, upstream: str) -> Iterator[str]:
    """Prism between a client and the bank: a request or an answer beside the description becomes an error."""
    tool = node.installed("prism") / "node_modules" / ".bin" / "prism"
    port = str(node.free_port())
    command = [str(tool), "proxy", "--host", "127.0.0.1", "--port", port, "--errors", str(document), upstream]
    with node.started(command, re.compile(r"Prism is listening on (http://[\d.:]+)")) as running:
        yield running.url


@pytest.mark.parametrize("version", DOCUMENTS)
def test_every_answer_keeps_to_the_description(version: str) -> None:
    document = SPECS / DOCUMENTS[version]
    if not document.exists():
        node.missing("the published descriptions of UK Open Banking are not beside this checkout")
    bank, _ = keyed_bank()
    customer = UkCustomer(bank, UK, version)
    consent_id, token, own = asyncio.run(_shared(customer))
    with served(bank) as url, proxied(document, f"{url}/{UK}/open-banking/v{version}/aisp") as proxy:
        told = _read(proxy, token, ("/accounts", "/party"))
        for account in told["/accounts"].json()["Data"]["Account"]:
            root = f"/accounts/{account['AccountId']}"
            _read(
                proxy, token, (root, *(f"{root}/{name}" for name in ("balances", "transactions", "party", "parties")))
            )
        consent = f"/account-access-consents/{consent_id}"
        _read(proxy, own, (consent,))
        asked = {"Data": {"Permissions": list(PERMISSIONS)}, "Risk": {}}
        _answered(httpx2.post(f"{proxy}/account-access-consents", json=asked, headers=_bearer(own)), 201)
        _answered(httpx2.delete(proxy + consent, headers=_bearer(own)), 204)
        _answered(httpx2.get(f"{proxy}/accounts", headers=_bearer(token)), 403)
        _answered(httpx2.get(f"{proxy}/accounts", headers=_bearer("unheard-of")), 401)
        _answered(httpx2.post(f"{proxy}/account-access-consents", json=asked, headers=_bearer(token)), 403)


async def _shared(customer: UkCustomer) -> tuple[str, str, str]:
    consent_id, token = await customer.shared(ExpirationDateTime="2027-05-23T12:00:00+00:00")
    return consent_id, token, await customer.own_token()


def _read(proxy: str, token: str, paths: tuple[str, ...]) -> dict[str, httpx2.Response]:
    return {path: _answered(httpx2.get(proxy + path, headers=_bearer(token), timeout=30), 200) for path in paths}


def _answered(response: httpx2.Response, status: int) -> httpx2.Response:
    """An answer that came through: Prism's own errors have another status, and say what is wrong."""
    assert response.status_code == status, response.text
    assert "sl-violations" not in response.headers, response.headers["sl-violations"]
    return response


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}", "accept": "application/json"}
