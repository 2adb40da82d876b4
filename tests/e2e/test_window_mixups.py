"""Answers of the wrong institution, at the wrong address, or in the wrong form: no token request leaves for them."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc import jwt

from fanlight.bank.sealing import signing_key
from fanlight.institutions.oauth_entry import EntryError
from support.entries import change
from support.world import Nexus, World, running

OWN, SHARED, SIGNED = "mx_bank_oauth", "mxcu_oauth", "mx_bank_fapi"
BACK = "/oauth/redirect_from"


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One institution with an address of its own and no `iss`, one with `iss` at the shared one, one that signs."""
    with running(tmp_path_factory.mktemp("banks")) as world:
        change(world, OWN, oauth={"redirect_uri": "own", "authorization_response_iss_parameter_supported": False})
        change(world, SIGNED, oauth={"response_mode": "query.jwt"})
        yield world


@pytest.fixture
def user(banks: World, request: pytest.FixtureRequest) -> Nexus:
    return banks.user("".join(each if each.isalnum() else "-" for each in request.node.name)[:200])


def tokens(world: World) -> int:
    return sum(world.bank.activity.of(code, "token") for code in (OWN, SHARED, SIGNED))


def moved(url: str, path: str | None = None, **fields: str | None) -> str:
    """The URL at another path, with query fields replaced, or left out where None."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | fields
    kept = urlencode({name: value for name, value in query.items() if value is not None})
    return parts._replace(path=path or parts.path, query=kept).geturl()


def refused(world: World, client: httpx2.Client, url: str, reason: str = "SESSION_ERROR") -> bool:
    """Whether the callback ends with the reason, without any token request, and redirects nowhere."""
    before = tokens(world)
    page = client.get(url)
    ended = f'data-error-reason="{reason}"' in page.text and "location" not in page.headers
    return ended and tokens(world) == before


def field(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query)[name][0]


def test_an_institution_without_iss_is_known_by_its_own_address(banks: World, user: Nexus) -> None:
    member = user.member(OWN, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    assert urlsplit(url).path == f"{BACK}/{OWN}"

    page = client.get(moved(url, iss=None))

    assert page.status_code == 200
    assert user.read(member["guid"])["connection_status"] == "CONNECTED"


@pytest.mark.parametrize("path", [BACK, f"{BACK}/{SHARED}", f"{BACK}/unknown", f"{BACK}/{OWN}/x"])
def test_a_code_at_another_address_than_the_institutions_own_is_not_redeemed(
    banks: World, user: Nexus, path: str
) -> None:
    member = user.member(OWN, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])

    assert refused(banks, client, moved(url, path))

    assert user.read(member["guid"])["connection_status"] == "PENDING"


@pytest.mark.parametrize("path", [f"{BACK}/{OWN}", f"{BACK}/{SHARED}"])
def test_an_institution_at_the_shared_address_is_not_heard_at_one_of_an_institutions_own(
    banks: World, user: Nexus, path: str
) -> None:
    member = user.member(SHARED, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    assert urlsplit(url).path == BACK
    assert refused(banks, client, moved(url, path))


def test_a_state_in_the_path_does_not_stand_for_a_code(banks: World, user: Nexus) -> None:
    member = user.member(OWN, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    assert refused(banks, client, f"{banks.url}{BACK}/{OWN}/{field(url, 'state')}")
    assert user.read(member["guid"])["connection_status"] == "PENDING"


@pytest.mark.parametrize(("code_of", "state_of"), [(OWN, SHARED), (SHARED, OWN), (SIGNED, SHARED)])
def test_a_code_of_one_institution_on_the_callback_of_another_connects_nobody(
    banks: World, user: Nexus, code_of: str, state_of: str
) -> None:
    """The mix-up: both attempts are the same browser's, and only the code is the other's."""
    one, other = user.member(code_of, skip_aggregation=True), user.member(state_of, skip_aggregation=True)
    _, given = banks.up_to_callback(one["oauth_window_uri"])
    client, url = banks.up_to_callback(other["oauth_window_uri"])
    foreign = claims(given)["code"] if code_of == SIGNED else field(given, "code")
    issuer = f"{banks.ready['bank']}/{code_of}"
    before = banks.bank.activity.of(code_of, "token")

    with_issuer = client.get(moved(url, code=foreign, iss=issuer))

    assert 'data-error-reason="SESSION_ERROR"' in with_issuer.text
    assert banks.bank.activity.of(code_of, "token") == before
    assert {user.read(each["guid"])["connection_status"] for each in (one, other)} == {"PENDING"}


def test_an_entry_without_iss_needs_an_address_of_its_own(banks: World) -> None:
    with pytest.raises(EntryError, match='redirect_uri = "own"'):
        change(banks, SHARED, oauth={"authorization_response_iss_parameter_supported": False})
    change(banks, SIGNED, oauth={"response_mode": "query.jwt", "authorization_response_iss_parameter_supported": False})
    change(banks, SIGNED, oauth={"response_mode": "query.jwt"})


def claims(url: str) -> dict[str, Any]:
    """What a signed answer says."""
    payload = field(url, "response").split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def signed(url: str, *, by: str = SIGNED, alg: str = "ES256", **changes: Any) -> str:
    """The answer with other claims (left out where None), under the signature of one of the bank's brands."""
    said = {name: value for name, value in (claims(url) | changes).items() if value is not None}
    key = signing_key(1, by)
    return moved(url, response=jwt.encode({"alg": alg, "kid": signing_key(1, SIGNED).kid}, said, key, algorithms=[alg]))


def test_a_signed_answer_is_taken(banks: World, user: Nexus) -> None:
    member = user.member(SIGNED, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    assert set(parse_qs(urlsplit(url).query)) == {"response"}

    assert client.get(url).status_code == 200

    assert user.read(member["guid"])["connection_status"] == "CONNECTED"


def test_a_signed_no_is_a_no(banks: World, user: Nexus) -> None:
    member = user.member(SIGNED, skip_aggregation=True)
    page = banks.walk(member["oauth_window_uri"], decision="deny")
    assert page.message["error-reason"] == "CANCELLED"


ALTERED: dict[str, Callable[[str], str]] = {
    "another brand's key": lambda url: signed(url, by=SHARED),
    "another issuer": lambda url: signed(url, iss="https://evil.example"),
    "no issuer": lambda url: signed(url, iss=None),
    "another client": lambda url: signed(url, aud="somebody"),
    "no audience": lambda url: signed(url, aud=None),
    "too late": lambda url: signed(url, exp=1),
    "no end": lambda url: signed(url, exp=None),
    "no signature": lambda url: moved(url, response=field(url, "response").rpartition(".")[0] + "."),
    "alg none": lambda url: moved(url, response=_unsigned(url)),
    "plain beside nothing": lambda url: moved(url, response=None, **claims(url)),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_answer_that_is_not_signed_as_agreed_is_none(banks: World, user: Nexus, how: str) -> None:
    member = user.member(SIGNED, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])

    assert refused(banks, client, ALTERED[how](url))

    assert user.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 400


def _unsigned(url: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{field(url, 'response').split('.')[1]}."


def test_a_signed_answer_where_none_was_asked_for_is_refused(banks: World, user: Nexus) -> None:
    member = user.member(SHARED, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    said = {name: field(url, name) for name in ("code", "state", "iss")} | {"aud": "fanlight", "exp": 1 << 33}
    key = signing_key(1, SHARED)
    response = jwt.encode({"alg": "ES256", "kid": key.kid}, said, key, algorithms=["ES256"])
    assert refused(banks, client, f"{banks.url}{BACK}?{urlencode({'response': response})}")
    assert user.read(member["guid"])["connection_status"] == "PENDING"


@pytest.mark.parametrize("name", ["code", "state", "iss"])
def test_a_parameter_that_comes_twice_makes_the_answer_none(banks: World, user: Nexus, name: str) -> None:
    member = user.member(SHARED, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])

    before = tokens(banks)
    twice = client.get(f"{url}&{urlencode({name: field(url, name)})}")

    assert (twice.status_code, tokens(banks)) == (400, before)
    assert user.read(member["guid"])["connection_status"] == "PENDING"
    assert client.get(url).status_code == 200


def test_an_error_is_believed_only_at_the_right_address(banks: World, user: Nexus) -> None:
    member = user.member(OWN, skip_aggregation=True)
    client, url = banks.up_to_callback(member["oauth_window_uri"])
    wrong = moved(url, f"{BACK}/{SHARED}", code=None, error="access_denied")
    assert refused(banks, client, wrong)
