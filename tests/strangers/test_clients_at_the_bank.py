"""Clients that were written elsewhere, one of them certified, at the simulated bank: it is a proper server to them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from fanlight.bank import Bank, BankClient
from strangers import node, packages
from strangers.conversation import CALLBACK, converse, customer, serving

KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
SECRET = "a secret/with+signs&more"
CLIENT = BankClient("stranger", SECRET, (CALLBACK,), {"keys": [KEY.as_dict(private=False)]})
# requests_oauth2client does not encode the secret as RFC 6749 2.3.1 asks, so its own has no signs.
PLAIN_CLIENT = CLIENT._replace(client_id="stranger-2", client_secret="asecret")
RELYING_PARTY = Path(__file__).parent / "pypi" / "relying_party.py"
PLAIN, STRICT = "mx_bank_oauth", "mx_bank_fapi"
FDX_DETAILS = [
    {
        "type": "fdx_v1.0",
        "consentRequest": {
            "durationType": "TIME_BOUND",
            "durationPeriod": 90,
            "resources": [{"resourceType": "ACCOUNT", "dataClusters": ["ACCOUNT_DETAILED", "TRANSACTIONS"]}],
        },
    }
]
CERTIFIED_FLOWS: dict[str, tuple[str, dict[str, Any]]] = {
    "secret in the header": (PLAIN, {"auth": "client_secret_basic"}),
    "secret in the form, pushed": (PLAIN, {"auth": "client_secret_post", "par": True}),
    "RFC 8414 metadata": (PLAIN, {"auth": "client_secret_basic", "algorithm": "oauth2"}),
    "signed request and response": (PLAIN, {"auth": "private_key_jwt", "jar": True, "jarm": True}),
    "signed request, pushed": (PLAIN, {"auth": "private_key_jwt", "jar": True, "par": True, "dpop": True}),
    "FAPI 2.0": (STRICT, {"auth": "private_key_jwt", "par": True, "dpop": True}),
    "FAPI 2.0 with an FDX consent, all signed": (
        STRICT,
        {
            "auth": "private_key_jwt", "par": True, "dpop": True, "jar": True, "jarm": True,
            "extra": {"authorization_details": json.dumps(FDX_DETAILS)},
        },
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    with serving([CLIENT, PLAIN_CLIENT]) as built:
        yield built


def config(bank: Bank, brand: str, **more: Any) -> dict[str, Any]:
    issuer = f"{bank.base_url}/{brand}"
    return {
        "issuer": issuer,
        "client_id": CLIENT.client_id,
        "secret": SECRET,
        "jwk": KEY.as_dict(private=True),
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access",
        "data": f"{issuer}/fdx/v6/accounts?resultType=details",
        **more,
    }


def certified(bank: Bank, brand: str, decision: str = "authorize", **more: Any) -> dict[str, Any]:
    with node.staged("relying_party.mjs", "oidc") as script:
        return converse(
            ["node", str(script)], config(bank, brand, **more), customer(bank, decision=decision), node.environment()
        )


@pytest.mark.parametrize("name", CERTIFIED_FLOWS)
def test_a_certified_client_goes_through_everything(bank: Bank, name: str) -> None:
    brand, asked = CERTIFIED_FLOWS[name]
    seen = certified(bank, brand, **asked)
    bound = bool(asked.get("dpop"))
    assert (seen["data"], seen["userinfo"], seen["refreshed_data"]) == (200, True, 200)
    kind = "DPoP" if bound else "Bearer"
    assert seen["token_type"].lower() == kind.lower()
    assert seen["introspected"] == {"active": True, "bound": bound, "token_type": kind}
    assert (seen["rotated"], seen["reused"], seen["killed"]) == (True, "invalid_grant", "invalid_grant")
    assert (seen["revoked_access"], seen["killed_data"], seen["revoked"]) == (401, 401, False)
    assert seen["code_replayed"] == "invalid_grant"
    if bound:
        assert (seen["as_bearer"], seen["other_key"]) == (401, 401)
    if asked.get("par"):
        assert seen["parameters"] == ["client_id", "request_uri"]
    assert seen["answer"] == (["response"] if asked.get("jarm") else ["code", "iss", "state"])
    assert seen["details"] == (FDX_DETAILS if "extra" in asked else None)


@pytest.mark.parametrize("jarm", [False, True])
def test_a_certified_client_reads_the_refusal(bank: Bank, jarm: bool) -> None:
    seen = certified(bank, STRICT, "deny", auth="private_key_jwt", par=True, dpop=True, jarm=jarm, denied=True)
    assert seen["denied"] == "access_denied"


@pytest.mark.parametrize(
    ("brand", "asked"),
    [
        (PLAIN, {"auth": "client_secret_basic"}),
        (PLAIN, {"auth": "client_secret_post", "par": True}),
        (PLAIN, {"auth": "private_key_jwt"}),
        # It cannot redeem a code with openid and DPoP at once.
        (PLAIN, {"auth": "private_key_jwt", "dpop": True, "scope": "offline_access", "par": True}),
        (STRICT, {"auth": "private_key_jwt", "dpop": True, "scope": "offline_access", "par": True}),
    ],
)
def test_another_client_goes_through_everything(bank: Bank, brand: str, asked: dict[str, Any]) -> None:
    env = node.environment({"PYTHONPATH": str(packages.installed())})
    own = {"client_id": PLAIN_CLIENT.client_id, "secret": PLAIN_CLIENT.client_secret}
    command = [sys.executable, str(RELYING_PARTY)]
    seen = converse(command, config(bank, brand, **own, **asked), customer(bank), env)
    assert seen["token_type"] == ("DPoP" if asked.get("dpop") else "Bearer")
    assert (seen["data"], seen["introspected"], seen["refreshed_data"]) == (200, True, 200)
    assert (seen["rotated"], seen["reused"]) == (True, "invalid_grant")
    assert (seen["killed_data"], seen["revoked_data"]) == (401, 401)
