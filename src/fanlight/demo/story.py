"""The story of the demo, step by step, with the real requests and answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx2

from fanlight.base.columns import table
from fanlight.demo.browser import Browser

NEXUS_TYPE = "application/vnd.mx.nexus.v1+json"
PATIENCE = 30
SHOWN = 400
Say = Callable[[str], None]


class StoryError(Exception):
    """The main job did not go as it should; the message says where."""


class Story:
    """Plays the main job against a running sandbox and tells it."""

    def __init__(self, ready: dict[str, Any], say: Say) -> None:
        self._ready = ready
        self._say = say
        self._http = httpx2.Client(timeout=30)
        self._session = ""

    def play(self) -> dict[str, str]:
        """From no user at all to accounts and transactions: that user and their session. Raises StoryError."""
        user = f"demo-{int(time.time())}"
        with self._http:
            guid = self._open_session(user)
            member = self._make_member()
            self._walk_window(self._ask_for_window(member))
            self._wait_for_data(member)
            self._show_data()
        return {"user_id": user, "user_guid": guid, "session_token": self._session}

    def _open_session(self, user: str) -> str:
        base = f"{self._ready['client_id']}/users"
        key = {"MD-API-KEY": self._ready["api_key"], "Accept": "application/json"}
        self._step("The partner makes a user (MDX Real Time)")
        made = self._call("POST", f"{self._ready['mdx']}/{base}.json", key, {"user": {"id": user}})
        self._step("The partner gets a one-time API token for the user (SSO)")
        token = self._call("GET", f"{self._ready['sso']}/{base}/{user}/api_token.json", key)["api_token"]["token"]
        self._step("The API token opens a session (Nexus)")
        session = self._call("POST", f"{self._ready['nexus']}/sessions", {"MD-API-TOKEN": token})
        self._session = session["session"]["token"]
        return str(made["user"]["guid"])

    def _make_member(self) -> str:
        self._step("The client looks for the institution")
        found = self._nexus("POST", "/institutions/search", {"institution": {"name": "MX Bank (OAuth)"}})
        guid = found["institutions"][0]["guid"]
        self._step("The client makes an OAuth member")
        body = {"member": {"institution_guid": guid, "is_oauth": True}}
        return str(self._nexus("POST", "/members", body)["member"]["guid"])

    def _ask_for_window(self, member: str) -> str:
        self._step("The client asks for an OAuth window URI")
        return str(self._nexus("GET", f"/members/{member}/oauth_window_uri")["member"]["oauth_window_uri"])

    def _walk_window(self, uri: str) -> None:
        self._step("The end user's browser opens the window")
        origins = (self._ready["nexus"], self._ready["bank"])
        with Browser(origins, self._hop) as browser:
            login = browser.open(uri)
            self._step("The end user signs in at the bank")
            consent = browser.submit(login, username="demo", password="correct")  # noqa: S106 - the bank's own
            self._step("The end user allows the accounts")
            done = browser.submit(consent, decision="authorize")
        self._say(f"  page: {done.title}")
        if done.status != 200 or done.message.get("status") == "error":
            raise StoryError(f"the window ended on: {done.title}")

    def _wait_for_data(self, member: str) -> None:
        self._step("The client polls the member until its data is there")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            shown = self._nexus("GET", f"/members/{member}", quiet=True)["member"]
            status = f"{shown['connection_status']}, is_being_aggregated {shown['is_being_aggregated']}"
            if not shown["is_being_aggregated"] and shown["successfully_aggregated_at"]:
                self._say(f"  {status}, successfully_aggregated_at {shown['successfully_aggregated_at']}")
                return
            self._say(f"  {status}")
            time.sleep(0.2)
        raise StoryError("the data did not come in time")

    def _show_data(self) -> None:
        self._step("The client reads accounts and transactions")
        accounts = self._nexus("GET", "/accounts", quiet=True)["accounts"]
        page = self._nexus("GET", "/transactions?records_per_page=10", quiet=True)
        names = {account["guid"]: account["name"] for account in accounts}
        if not accounts or not page["transactions"]:
            raise StoryError("there are no accounts or no transactions")
        self._say("\n" + table([_account_row(account) for account in accounts]))
        shown, total = len(page["transactions"]), page["pagination"]["total_entries"]
        self._say(f"\nThe newest {shown} of {total} transactions:\n")
        self._say(table([_transaction_row(entry, names) for entry in page["transactions"]]))

    def _nexus(self, method: str, path: str, body: Any = None, *, quiet: bool = False) -> dict[str, Any]:
        headers = {"MD-SESSION-TOKEN": self._session, "Content-Type": NEXUS_TYPE}
        return self._call(method, self._ready["nexus"] + path, headers, body, quiet=quiet)

    def _call(
        self, method: str, url: str, headers: dict[str, str], body: Any = None, *, quiet: bool = False
    ) -> dict[str, Any]:
        response = self._http.request(method, url, headers=headers, json=body)
        if not quiet:
            self._tell(method, url, headers, body, response)
        if response.status_code != 200:
            raise StoryError(f"{method} {url} answered {response.status_code}: {response.text[:200]}")
        answer: dict[str, Any] = response.json()
        return answer

    def _tell(
        self, method: str, url: str, headers: dict[str, str], body: Any, response: httpx2.Response
    ) -> None:  # fmt: skip
        self._say(f"  > {method} {url}")
        for name, value in headers.items():
            if name.startswith("MD-"):
                self._say(f"  > {name}: {value[:8]}...")
        if body is not None:
            self._say(f"  > {json.dumps(body)}")
        self._say(f"  < {response.status_code} {_cut(response.text)}")

    def _hop(self, response: httpx2.Response) -> None:
        self._say(f"  > {response.request.method} {_cut(str(response.url), 110)}")
        location = response.headers.get("location")
        self._say(f"  < {response.status_code}" + (f" -> {_cut(location, 110)}" if location else ""))

    def _step(self, text: str) -> None:
        self._number = getattr(self, "_number", 0) + 1
        self._say(f"\n{self._number}. {text}")


def _account_row(account: dict[str, Any]) -> dict[str, Any]:
    return {
        "account": account["name"],
        "type": account["account_type_name"],
        "number": account["account_number"],
        "balance": f"{account['balance']:,.2f}",
        "currency": account["currency_code"],
    }


def _transaction_row(entry: dict[str, Any], accounts: dict[str, str]) -> dict[str, Any]:
    sign = "+" if entry["transaction_type_name"] == "CREDIT" else "-"
    return {
        "date": entry["date"],
        "status": entry["status_name"],
        "amount": f"{sign}{entry['amount']:,.2f}",
        "description": _cut(entry["description"], 44),
        "account": accounts.get(entry["account_guid"]),
    }


def _cut(text: str, limit: int = SHOWN) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
