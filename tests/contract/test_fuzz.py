"""Random bodies and queries: the server never fails, and says no in the form of an error."""

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.bad import refused
from contract.conftest import Someone
from fanlight.api.nexus.institutions import SearchBody
from fanlight.api.nexus.members import MemberBody
from support import logins

CODES = (4000, 4001, 4040, 4130, 4220)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=QUIET, derandomize=True)
FEWER = settings(FUZZ, max_examples=50)

TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", "true", "0", "\0", "' OR 1=1", "%", "APP", "BROWSER", "MX", "https://"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
WINDOW = ("referral_source", "oauth_referral_source", "client_redirect_url", "ui_message_webview_url_scheme") + (
    "skip_aggregation",
    "is_mobile_webview",
)
QUERY = st.lists(st.tuples(st.sampled_from([*WINDOW, "page"]) | TEXTS, TEXTS), max_size=6)
RAW_QUERY = st.text(
    st.sampled_from("abcdef=&%;[]+0123456789") | st.characters(min_codepoint=33, max_codepoint=126), max_size=60
)


def _fields(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | TEXTS, JSON, max_size=8)


MEMBER = _fields((*MemberBody.__struct_fields__, *WINDOW))
SEARCH = _fields(SearchBody.__struct_fields__)
ANSWER = _fields(("guid", "credential_guid", "value", "metadata"))


@pytest.fixture(scope="module")
def asked(someone: Someone) -> tuple[str, str]:
    """A member that waits for two answers, and the first of its questions."""
    guid = logins.signed_in(someone.nexus, "two_questions", "fuzzed")["guid"]
    return guid, logins.asked(someone.nexus, guid)[0]["guid"]


def _is_no_fault(response: httpx2.Response) -> None:
    assert response.status_code < 500, response.text
    if response.status_code != 200:
        refused(response, *CODES)


def _rooted(data: st.DataObject, root: str, fields: dict[str, Any]) -> Any:
    return data.draw(st.sampled_from([fields, {root: fields}, fields | {root: fields}]) | JSON)


@FUZZ
@given(data=st.data(), fields=MEMBER, where=st.sampled_from(["mx_bank_oauth", "mxbank", None]))
def test_members_are_made_or_refused(someone: Someone, data: st.DataObject, fields: dict[str, Any], where: Any) -> None:
    known = {} if where is None else {"institution_guid": someone.nexus.world.institutions[where]}

    _is_no_fault(someone.nexus.send("POST", "/members", _rooted(data, "member", fields | known)))


@FUZZ
@given(data=st.data(), fields=MEMBER)
def test_members_are_changed_or_refused(someone: Someone, data: st.DataObject, fields: dict[str, Any]) -> None:
    guid = data.draw(st.sampled_from([someone.pending, someone.impaired]))

    _is_no_fault(someone.nexus.send("PUT", f"/members/{guid}", _rooted(data, "member", fields)))
    assert someone.nexus.get(f"/members/{guid}").status_code == 200


@FUZZ
@given(data=st.data(), fields=SEARCH, query=RAW_QUERY)
def test_institutions_are_found_or_refused(
    someone: Someone, data: st.DataObject, fields: dict[str, Any], query: str
) -> None:
    body = _rooted(data, "institution", fields)

    _is_no_fault(someone.nexus.send("POST", f"/institutions/search?{_escaped(query)}", body))


@FUZZ
@given(query=QUERY)
def test_windows_are_issued_or_refused(someone: Someone, query: list[tuple[str, str]]) -> None:
    _is_no_fault(someone.nexus.get(f"/members/{someone.pending}/oauth_window_uri?{urlencode(query)}"))


@FUZZ
@given(data=st.data(), entries=st.lists(ANSWER | JSON, max_size=3), knows=st.booleans())
def test_answers_are_taken_or_refused(
    someone: Someone, asked: tuple[str, str], data: st.DataObject, entries: list[Any], knows: bool
) -> None:
    guid, question = asked
    if knows:
        entries = [entry | {"guid": question} if isinstance(entry, dict) else entry for entry in entries]
    path = f"/members/{guid}/resume"

    _is_no_fault(someone.nexus.send("PUT", path, _rooted(data, "member", {"challenges": entries})))
    for entry in entries:
        _is_no_fault(someone.nexus.send("POST", f"/members/{guid}/credentials", entry))
    assert someone.nexus.read(guid)["connection_status"] == "CHALLENGED"


@FEWER
@given(query=RAW_QUERY)
def test_windows_are_issued_or_refused_for_raw_queries(someone: Someone, query: str) -> None:
    _is_no_fault(someone.nexus.get(f"/members/{someone.pending}/oauth_window_uri?{_escaped(query)}"))


@FEWER
@given(body=st.binary(max_size=200))
def test_bodies_of_bytes_are_refused(someone: Someone, body: bytes) -> None:
    _is_no_fault(someone.nexus.send("POST", "/members", content=body))


def _escaped(query: str) -> str:
    """As it is, but for what ends a query."""
    return query.replace("#", "%23")
