"""DPoP (RFC 9449): a proof of its own for every try, nonces once, and no token that is bound to less."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import Tokens
from fanlight.oauth import authorized, dpop
from support.authorization_server import Answer, Bank, part
from support.oauth_client import Client, talk

FRESH = {"DPoP-Nonce": "another"}
ASKS = {**FRESH, "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
Read = Callable[[Client, Tokens], Awaitable[Any]]


async def read(client: Client, tokens: Tokens, method: str = "GET") -> Any:
    content = b"{}" if method == "POST" else None
    url = f"{client.bank.url}/data?from=1"
    return await authorized.send(client.line, tokens, method, url, {}, content=content)


def after_connecting(bank: Bank, *answers: Answer, method: str = "GET") -> Any:
    async def story(client: Client) -> Any:
        tokens = await client.connect()
        bank.script("/data", *answers)
        return await read(client, tokens, method)

    return talk(bank, story)


def test_each_try_of_a_read_has_a_proof_of_its_own(bank: Bank) -> None:
    assert after_connecting(bank, Answer(503), Answer(503)).status == 200
    proofs = [asked.proof for asked in bank.of("/data")]
    assert len({proof["jti"] for proof in proofs}) == len(proofs) == 3


def test_a_proof_names_the_address_without_its_query(bank: Bank) -> None:
    after_connecting(bank)
    (asked,) = bank.of("/data")
    assert asked.query == {"from": "1"}
    assert asked.proof["htu"] == f"{bank.url}/data"
    assert dpop.target("https://Bank.example:444/a/b?c=d#e") == "https://Bank.example:444/a/b"


def test_the_header_holds_the_public_key_and_nothing_else(bank: Bank) -> None:
    after_connecting(bank)
    assert set(part(bank.of("/data")[0].headers["dpop"], 0)["jwk"]) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_nonce_that_is_asked_for_is_given_once(bank: Bank, method: str) -> None:
    assert after_connecting(bank, Answer(401, None, ASKS), method=method).status == 200
    first, second = bank.of("/data")
    assert first.proof.get("nonce") != "another"
    assert second.proof["nonce"] == "another"


def test_after_a_second_nonce_there_is_no_third_try(bank: Bank) -> None:
    with pytest.raises(Said, match="refuses the nonce"):
        after_connecting(bank, *[Answer(401, None, {**ASKS, "DPoP-Nonce": f"n{n}"}) for n in range(5)])
    assert len(bank.of("/data")) == 2


def test_a_401_of_another_kind_is_not_tried_again_here(bank: Bank) -> None:
    assert after_connecting(bank, Answer(401, None, FRESH)).status == 401
    assert after_connecting(bank, Answer(401, None, {"WWW-Authenticate": 'DPoP error="use_dpop_nonce"'})).status == 401
    assert len(bank.of("/data")) == 2


@pytest.mark.parametrize("path", ["/par", "/token"])
def test_a_nonce_at_the_server_is_given_once(bank: Bank, path: str) -> None:
    asks = Answer(400, {"error": "use_dpop_nonce"}, FRESH)
    bank.script(path, asks)
    talk(bank, Client.connect)
    first, second = bank.of(path)
    assert second.proof["nonce"] == "another"
    assert first.proof["jti"] != second.proof["jti"]
    assert first.assertion["jti"] != second.assertion["jti"]
    bank.script(path, asks, asks, asks)
    with pytest.raises(Said) as said:
        talk(bank, Client.connect)
    assert said.value.saying == Saying.CLIENT_REFUSED
    assert len(bank.of(path)) == 4


def test_a_nonce_is_kept_for_its_origin_and_renewed_by_every_answer(bank: Bank) -> None:
    async def story(client: Client) -> None:
        tokens = await client.connect()
        bank.script("/data", Answer(200, {}, {"DPoP-Nonce": "newer"}))
        await read(client, tokens)
        await read(client, tokens)
        assert client.line.nonces == {bank.url: "newer"}
        client.line.nonces["https://other.example"] = "theirs"
        await read(client, tokens)

    bank.asks_nonce = False
    talk(bank, story)
    assert [asked.proof.get("nonce") for asked in bank.of("/data")] == ["nonce-1", "newer", "newer"]


@pytest.mark.parametrize("nonce", ["", "x" * 1025])
def test_a_nonce_of_no_sense_is_not_kept(bank: Bank, nonce: str) -> None:
    after_connecting(bank, Answer(200, {}, {"DPoP-Nonce": nonce}))

    async def story(client: Client) -> dict[str, str]:
        bank.script("/par", Answer(201, {"request_uri": "urn:x"}, {"DPoP-Nonce": nonce}))
        with pytest.raises(KeyError):
            await client.connect()
        return dict(client.line.nonces)

    assert talk(bank, story) == {}


def test_every_grant_has_a_key_of_its_own_and_keeps_it(bank: Bank) -> None:
    async def story(client: Client) -> list[Tokens]:
        one, other = await client.connect(), await client.connect()
        return [one, other, await client.server.refresh(one)]

    one, other, fresh = talk(bank, story)
    assert one.dpop_key == fresh.dpop_key != other.dpop_key


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "MAC", None])
def test_a_token_that_is_bound_to_nothing_is_refused_and_revoked(bank: Bank, kind: str | None) -> None:
    bank.token_answer = {"token_type": kind}
    with pytest.raises(Said) as said:
        talk(bank, Client.connect)
    assert said.value.saying == Saying.GIBBERISH
    assert len(bank.of("/revoke")) == 2
    assert bank.access == bank.refresh == {}


def test_an_entry_may_take_it_all_the_same(bank: Bank) -> None:
    bank.token_answer = {"token_type": "Bearer"}

    async def story(client: Client) -> Tokens:
        return await client.connect()

    assert talk(bank, story, bearer_answer_is_taken=True).dpop_key is None
    bank.token_answer = {"token_type": "MAC"}
    with pytest.raises(Said):
        talk(bank, story, bearer_answer_is_taken=True)


def test_a_bound_token_that_was_not_asked_for_is_refused(bank: Bank) -> None:
    bank.binds, bank.token_answer = "", {"token_type": "DPoP"}
    with pytest.raises(Said, match="type bearer"):
        talk(bank, Client.connect, sender_constrained_tokens="none")


def test_a_grant_without_a_key_is_not_refreshed_where_one_is_wanted_now(bank: Bank) -> None:
    async def story(client: Client) -> None:
        await client.server.refresh(Tokens(access_token="a", refresh_token="r"))

    with pytest.raises(Said) as said:
        talk(bank, story)
    assert said.value.saying == Saying.CLIENT_REFUSED  # the entry changed, not the person's mind
    assert bank.of("/token") == []


def test_a_code_is_bound_to_the_key_of_its_attempt(bank: Bank) -> None:
    async def story(client: Client) -> None:
        _, back = await client.come_back()
        other, _ = await client.come_back()
        await client.server.redeem(back["code"], other, "https://fanlight.example/oauth/redirect_from")

    with pytest.raises(Said) as said:
        talk(bank, story)
    assert said.value.saying == Saying.CONSENT_EXPIRED


def test_unbound_tokens_are_shown_without_proof(bank: Bank) -> None:
    bank.binds = ""

    async def story(client: Client) -> Any:
        return await read(client, await client.connect())

    assert talk(bank, story, sender_constrained_tokens="none").status == 200
    assert "dpop" not in bank.of("/data")[0].headers
    assert "dpop" not in bank.of("/token")[0].headers
