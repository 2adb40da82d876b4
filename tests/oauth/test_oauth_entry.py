"""The `[oauth]` table: strict unless a line says otherwise; secrets from files and the environment, never shown."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey

from fanlight.institutions import registry
from fanlight.institutions.entry_secrets import MAX_FILE, read_secrets
from fanlight.institutions.oauth_entry import OURS, EntryError, OAuthServer, Secrets, weaker_rules
from support.authority import Authority

STRICT = OAuthServer(
    issuer="https://bank.example",
    authorization_endpoint="https://bank.example/a",
    token_endpoint="https://bank.example/t",
    pushed_authorization_request_endpoint="https://bank.example/par",
    client_id="me",
)
ENTRY = """
code = "some_bank"
name = "Some Bank"
{top}
[oauth]
issuer = "https://bank.example"
authorization_endpoint = "https://bank.example/a"
token_endpoint = "https://bank.example/t"
client_id = "me"
{lines}
[fdx]
base_url = "https://bank.example/fdx/v6"
"""


def parsed(lines: str = "", top: str = "") -> registry.EntryFile:
    return registry.parse_entry(ENTRY.format(lines=lines, top=top))


def test_the_defaults_are_those_of_fapi_2() -> None:
    assert weaker_rules(STRICT) == []
    assert STRICT.token_endpoint_auth_method == "private_key_jwt"
    assert STRICT.sender_constrained_tokens == "dpop"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("token_endpoint_auth_method", "client_secret_post"),
        ("client_assertion_audience", "token_endpoint"),
        ("sender_constrained_tokens", "none"),
        ("bearer_answer_is_taken", True),
        ("pkce_is_undeclared", True),
        ("id_token_is_optional", True),
        ("refresh_is_repeatable", True),
        ("authorization_response_iss_parameter_supported", False),
        ("id_token_signing_alg", "RS256"),
        ("token_endpoint_auth_signing_alg", "RS256"),
        ("request_object_signing_alg", "RS256"),
        ("authorization_signed_response_alg", "RS256"),
        ("pushed_authorization_request_endpoint", None),
    ],
)
def test_every_weaker_rule_is_listed_by_its_line(line: str, value: Any) -> None:
    (rule,) = weaker_rules(msgspec.structs.replace(STRICT, **{line: value}))
    assert line in rule
    if value is not None:
        assert rule == f"{line} = {json.dumps(value)}"


def test_other_lines_are_no_weakness() -> None:
    for lines in (
        {"token_endpoint_auth_method": "tls_client_auth", "sender_constrained_tokens": "mtls"},
        {"request_object_signing_alg": "PS256", "response_mode": "query.jwt"},
        {"authorization_response_iss_parameter_supported": False, "response_mode": "query.jwt"},
        {"scope": "accounts", "resource": "https://bank.example/data", "redirect_uri": "own"},
    ):
        assert weaker_rules(msgspec.structs.replace(STRICT, **lines)) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('code_challenge_methods_supported = ["plain"]', "pkce_is_undeclared"),
        ("code_challenge_methods_supported = []", "pkce_is_undeclared"),
        ("authorization_response_iss_parameter_supported = false", 'redirect_uri = "own"'),
        ('response_mode = "query.jwt"', "jwks_uri"),
        ('response_mode = "fragment"', "response_mode"),
        ('shown_token = "id_token"', "sender_constrained_tokens"),
        ('id_token_signing_alg = "none"', "id_token_signing_alg"),
        ('id_token_signing_alg = "HS256"', "id_token_signing_alg"),
        ('token_endpoint_auth_method = "none"', "token_endpoint_auth_method"),
        ('mtls_endpoint_aliases = {token_endpoint = "http://bank.example/t"}', "https"),
        ('mtls_endpoint_aliases = {userinfo_endpoint = "https://bank.example/t"}', "userinfo_endpoint"),
        ('revocation_endpoint = "http://bank.example/r"', "https"),
        ("verify = false", "verify"),
        ("client_secret = 'x'", "client_secret"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(lines: str, said: str) -> None:
    with pytest.raises(EntryError, match=said):
        parsed(lines)


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_line_sets_a_parameter_of_the_protocol(name: str) -> None:
    with pytest.raises(EntryError, match=name):
        parsed(f'authorization_parameters = {{{name} = "mine"}}')
    assert parsed('authorization_parameters = {prompt = "consent"}').oauth is not None


def test_secrets_come_from_files_beside_the_entry_and_from_the_environment(tmp_path: Path) -> None:
    pair = Authority().issue("me.example")
    key = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "key").write_text(f"\n{key}\n")
    (tmp_path / "crt").write_text(pair.chain)
    (tmp_path / "crt.key").write_text(pair.private_key)
    (tmp_path / "ca").write_text(Authority().pem)
    top = 'client_key_file = "a/key"\nclient_secret_env = "BANK"\ncertificate_file = "crt"\n'
    top += f'certificate_key_file = "{tmp_path}/crt.key"\nca_file = "ca"'
    read = read_secrets(parsed(top=top), tmp_path, {"BANK": " s3cret \n"})
    assert (read.client_key, read.client_secret) == (key, "s3cret")
    assert read.certificate is not None
    assert read.certificate.chain.strip() == pair.chain.strip()
    assert read.authority is not None
    assert repr(read) == "Secrets([redacted])"
    assert msgspec.json.decode(msgspec.json.encode(read), type=Secrets) == read


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ('client_key_file = "nowhere"', "client_key_file: nowhere cannot be read"),
        ('client_key_file = "."', "cannot be read"),
        ('client_key_file = "empty"', "empty or too large"),
        ('client_key_file = "large"', "empty or too large"),
        ('client_key_file = "binary"', "cannot be read"),
        ('client_secret_env = "NOT_SET"', "NOT_SET is not set"),
        ('client_secret = "canary"\nclient_secret_file = "text"', "client_secret is given in two ways"),
        ('client_key_env = "SET"\nclient_key_file = "text"', "client_key is given in two ways"),
        ('certificate_file = "text"', "go together"),
        ('certificate_key_file = "text"', "go together"),
        ('certificate_file = "text"\ncertificate_key_file = "text"', "is not PEM"),
        ('certificate_file = "one.crt"\ncertificate_key_file = "other.key"', "not that of the certificate"),
        ('ca_file = "text"', "ca_file"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_it(tmp_path: Path, top: str, said: str) -> None:
    authority = Authority()
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "large").write_text("x" * (MAX_FILE + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "text").write_text("canary")
    (tmp_path / "one.crt").write_text(authority.issue("one.example").chain)
    (tmp_path / "other.key").write_text(authority.issue("other.example").private_key)
    with pytest.raises(EntryError, match=said) as refused:
        read_secrets(parsed(top=top), tmp_path, {"SET": "canary"})
    assert "canary" not in str(refused.value)
