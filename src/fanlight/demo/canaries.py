"""Canaries: a person goes through everything that brings secrets, against a running sandbox; what they were is told.

A window at a bank, a login that is asked and answered, identification and verification. What the bank tells (tokens,
account numbers, owners) is known afterwards from what is sealed.
"""

import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from fanlight.demo.browser import Browser
from fanlight.demo.story import StoryError

PATIENCE = 30
_BANKS = ("mx_bank_oauth", "mx_bank_fapi")
"""One that takes a plain client, and one that wants FAPI 2.0: a client key, DPoP, consents in detail."""
_IN_URLS = ("code", "state", "request_uri")


class Canaries:
    """One person's journey. `secrets` grows with it: kind and value of what must be nowhere in the clear."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._ready = ready
        self._http = httpx2.Client(timeout=30)
        self._session = ""
        self.secrets: list[tuple[str, str]] = [("API key", ready["api_key"]), ("session", ready["session_token"])]
        self.members: list[str] = []

    def play(self) -> None:
        """The whole journey. Raises StoryError where it does not go as it should."""
        with self._http:
            self._open_session()
            for code in _BANKS:
                self._through_a_window(code)
            self._with_a_login()

    def _open_session(self) -> None:
        base, key = f"{self._ready['client_id']}/users", {"MD-API-KEY": self._ready["api_key"]}
        accept = {"Accept": "application/json"}
        user = f"canary-{secrets.token_hex(4)}"
        self._call("POST", f"{self._ready['mdx']}/{base}.json", key | accept, {"user": {"id": user}})
        token = self._call("GET", f"{self._ready['sso']}/{base}/{user}/api_token.json", key | accept)["api_token"]
        opened = self._call("POST", f"{self._ready['nexus']}/sessions", {"MD-API-TOKEN": token["token"]})
        self._session = opened["session"]["token"]
        self.secrets += [("API token", token["token"]), ("session", self._session)]

    def _through_a_window(self, code: str) -> None:
        body = {"institution_guid": self._ready["institutions"][code], "is_oauth": True}
        member = self._nexus("POST", "/members", {"member": body})["member"]
        uri = member["oauth_window_uri"]
        self.secrets.append(("window", urlsplit(uri).path.rsplit("/", 1)[1]))
        with Browser((self._ready["nexus"], self._ready["bank"]), self._hop) as browser:
            login = browser.submit(browser.open(uri), username="canary", password="correct")  # noqa: S106
            browser.submit(login, decision="authorize")
        self._rested(member["guid"])
        for what in ("identify", "verify"):
            self._nexus("POST", f"/members/{member['guid']}/{what}")
            self._rested(member["guid"])
        for what in ("account_owners", "account_numbers"):
            if not self._nexus("GET", f"/members/{member['guid']}/{what}")[what]:
                raise StoryError(f"there are no {what}")
        self.members.append(member["guid"])

    def _with_a_login(self) -> None:
        """A password that the bank takes for one that it asks about; an answer of ours, then the right one."""
        institution = self._ready["institutions"]["mxbank"]
        fields = self._nexus("GET", f"/institutions/{institution}/credentials")["credentials"]
        values = {"LOGIN": f"canary-{secrets.token_urlsafe(12)}", "PASSWORD": "challenge"}
        given = [{"guid": field["guid"], "value": values[field["field_name"]]} for field in fields]
        body = {"institution_guid": institution, "credentials": given}
        guid = self._nexus("POST", "/members", {"member": body})["member"]["guid"]
        answer = f"canary-{secrets.token_urlsafe(12)}"
        self._answer(guid, answer)
        self._answered_anew(guid, fields, values)
        self.secrets += [("login", values["LOGIN"]), ("answer", answer)]
        self.members.append(guid)

    def _answered_anew(self, guid: str, fields: list[dict[str, Any]], values: dict[str, str]) -> None:
        """After the wrong answer: a password of ours, which the bank takes."""
        values["PASSWORD"] = f"canary-{secrets.token_urlsafe(12)}"
        self.secrets.append(("password", values["PASSWORD"]))
        given = [{"guid": field["guid"], "value": values[field["field_name"]]} for field in fields]
        self._nexus("PUT", f"/members/{guid}", {"member": {"credentials": given}})
        self._rested(guid)

    def _answer(self, guid: str, answer: str) -> None:
        if self._rested(guid)["connection_status"] != "CHALLENGED":
            raise StoryError("the bank asks nothing")
        asked = self._nexus("GET", f"/members/{guid}/challenges")["challenges"]
        given = [{"guid": each["guid"], "value": answer} for each in asked]
        self._nexus("PUT", f"/members/{guid}/resume", {"challenges": given})
        self._rested(guid)

    def _hop(self, response: httpx2.Response) -> None:
        for url in (str(response.request.url), response.headers.get("location", "")):
            query = parse_qs(urlsplit(url).query)
            self.secrets += [(name, value) for name in _IN_URLS for value in query.get(name, [])]
        self.secrets += [("cookie", value) for value in response.cookies.values()]

    def _rested(self, guid: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            member: dict[str, Any] = self._nexus("GET", f"/members/{guid}")["member"]
            if not member["is_being_aggregated"] or member["connection_status"] == "CHALLENGED":
                return member
            time.sleep(0.05)
        raise StoryError(f"the job of {guid} did not end in time")

    def _nexus(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return self._call(method, self._ready["nexus"] + path, {"MD-SESSION-TOKEN": self._session}, body)

    def _call(self, method: str, url: str, headers: dict[str, str], body: Any = None) -> dict[str, Any]:
        response = self._http.request(method, url, headers=headers, json=body)
        if response.status_code != 200:
            raise StoryError(f"{method} {urlsplit(url).path} answered {response.status_code}: {response.text[:200]}")
        answer: dict[str, Any] = response.json()
        return answer
