"""Key sets: from the pinned address alone, fetched anew for an unknown key, at most once a minute."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet

from fanlight.institutions.answers import Said, Saying
from fanlight.oauth.key_sets import KEPT, PAUSE
from support.authorization_server import Answer, Bank
from support.oauth_client import Client, talk


async def look(client: Client, kid: str | None = "bank-1") -> Any:
    return await client.key_sets.get(f"{client.bank.url}/jwks", kid, client.line)


def told(bank: Bank, *steps: tuple[int, str]) -> int:
    """How often the set was fetched when each key was asked for after some seconds."""

    async def story(client: Client) -> None:
        for seconds, kid in steps:
            bank.now += seconds
            await look(client, kid)

    talk(bank, story)
    return len(bank.of("/jwks"))


def test_a_known_key_is_fetched_once_a_day(bank: Bank) -> None:
    assert told(bank, (0, "bank-1"), (5, "bank-1"), (KEPT - 10, "bank-1")) == 1
    assert told(bank, (0, "bank-1"), (KEPT, "bank-1")) == 3


def test_unknown_keys_cause_one_fetch_a_minute(bank: Bank) -> None:
    assert told(bank, (0, "bank-1"), *[(0, f"k{number}") for number in range(50)]) == 1
    assert told(bank, (0, "bank-1"), (PAUSE, "a"), (1, "b"), (PAUSE, "c")) == 1 + 3


def test_a_new_key_is_found(bank: Bank) -> None:
    async def story(client: Client) -> str | None:
        await look(client)
        bank.key = ECKey.generate_key("P-256", {"kid": "bank-2"})
        bank.now += PAUSE
        attempt, back = await client.come_back()
        tokens = await client.server.redeem(back["code"], attempt, "https://fanlight.example/oauth/redirect_from")
        return await client.server.subject(tokens, nonce=attempt.nonce, now=bank.now)

    assert talk(bank, story) == "ada"
    assert len(bank.of("/jwks")) == 2


@pytest.mark.parametrize(
    "answer",
    [Answer(404, {}), Answer(200, b"<html>"), Answer(200, []), Answer(200, {"keys": {}}), Answer(302, {"keys": []})],
)
def test_what_is_no_key_set_is_gibberish_and_not_kept(bank: Bank, answer: Answer) -> None:
    async def story(client: Client) -> Any:
        bank.script("/jwks", answer)
        with pytest.raises(Said) as said:
            await look(client)
        assert said.value.saying == Saying.GIBBERISH
        return await look(client)

    assert talk(bank, story) == KeySet([bank.key]).as_dict(private=False)


def test_a_clock_that_goes_back_is_no_reason_to_fetch(bank: Bank) -> None:
    assert told(bank, (0, "bank-1"), (-KEPT, "bank-1")) == 1
