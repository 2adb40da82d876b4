"""What refusals say in words, and what bodies with secrets do not say."""

from typing import Any

import pytest

from contract.bad import refused
from contract.conftest import Someone
from contract.partner_things import ACCOUNT, Partner
from fanlight.api.codec import convert
from fanlight.api.nexus.challenges import Answers
from fanlight.api.nexus.credentials import MemberCredentialBody
from fanlight.api.nexus.members import CredentialValue, MemberBody, MemberChange
from fanlight.api.nexus.micro_deposits import DepositAmounts, MicroDepositBody
from support import logins
from support.world import World

FIELD = {"guid": "CRD-1", "value": "canary"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": ["x"]}, "name: expected str | null, got array"),
        ({"name": ""}, "name: expected str of length >= 1"),
        ({"credentials": [{"guid": "x", "value": []}]}, "credentials[0].value: expected str, got array"),
    ],
)
def test_a_wrong_form_is_told_with_the_field_first(someone: Someone, body: dict[str, Any], message: str) -> None:
    assert refused(someone.nexus.send("POST", "/members", {"member": body}), 4000).startswith(message)


def test_mdx_speaks_the_same_way(world: World) -> None:
    world.user("plain-words")
    partner = Partner(world, "plain-words")
    partner.member("plain")
    for wrong in ({"name": ""}, {"balance": "much"}, {"type": "NONE"}, {"currency_code": "usd"}):
        response = partner.send("POST", "/members/plain/accounts.json", {"account": ACCOUNT | {"id": "a"} | wrong})
        assert response.status_code == 422
        (field,) = wrong
        assert field in response.text
        assert "`" not in response.text
        assert "$" not in response.text.replace("[A-Z]{3}$", "")


@pytest.mark.parametrize("body", [{}, {"challenges": []}, {"member": {}}])
def test_answers_that_are_missing_are_named(world: World, body: dict[str, Any]) -> None:
    nexus = world.user(f"unanswered-{len(str(body))}")
    guid = logins.signed_in(nexus, "challenge")["guid"]

    message = refused(nexus.send("PUT", f"/members/{guid}/resume", body), 4001)

    assert message == "Required params missing. challenges"


def test_credentials_where_only_oauth_is_taken(someone: Someone) -> None:
    institution = someone.nexus.world.institutions["mx_bank_oauth"]
    body = {"member": {"institution_guid": institution, "credentials": [FIELD]}}

    assert "send is_oauth true" in refused(someone.nexus.send("POST", "/members", body), 4000)


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (MemberBody, {"metadata": "canary", "credentials": [FIELD]}),
        (MemberChange, {"name": "canary", "credentials": [FIELD]}),
        (CredentialValue, FIELD),
        (Answers, {"challenges": [FIELD]}),
        (MemberCredentialBody, FIELD | {"metadata": "canary"}),
        (MicroDepositBody, {"account_number": "canary"}),
        (DepositAmounts, {"deposit_amount_1": "canary"}),
    ],
)
def test_bodies_with_secrets_are_not_printed(shape: Any, body: dict[str, Any]) -> None:
    made = convert(body, shape)

    assert f"{[made]}" == f"[{shape.__name__}([redacted])]"
