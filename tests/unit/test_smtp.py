"""The text of an e-mail and the settings of a mail server: nothing in a subject or address becomes a header."""

import email
from email import policy
from pathlib import Path
from typing import Any

import pytest

from fanlight.base.errors import OperatorError
from fanlight.planning.notifications import smtp
from fanlight.planning.notifications.smtp import Server
from fanlight.settings import Settings, load, show

USUAL: dict[str, Any] = {"smtp_host": "mail.example", "smtp_from": "Fän <fan@example.com>"}


def server(**more: Any) -> Server:
    found = smtp.server_of(Settings(**USUAL | more))
    assert found is not None
    return found


@pytest.mark.parametrize("between", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_subject_cannot_begin_a_header(between: str) -> None:
    hostile = f"Hello{between}Bcc: everybody@example.com{between}{between}<p>body</p>"
    text = smtp.message(server(), "a@b.example", hostile, "Text", "<p>x</p>", guid="DNF-1", now=0).text
    read = email.message_from_bytes(text, policy=policy.default)

    assert read["bcc"] is None
    assert read["subject"] == "Hello Bcc: everybody@example.com <p>body</p>"
    assert read["message-id"] == "<DNF-1@example.com>"
    assert max(map(len, text.split(b"\r\n"))) <= 998
    assert b"\n" not in text.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "word",
    ["=?utf-8?q?Z=0D=0ABcc:_e@v.example?=", "=?utf-8?q?X=0D=0A=0D=0ABody?=", "=?utf-8?b?DQ==?=", "=?us-ascii?Q?a?="],
)
@pytest.mark.parametrize("around", ["{}", "There is $1.00 left on {}.", "=? {} ?=", "={}="])
def test_an_encoded_word_in_a_subject_is_only_text(word: str, around: str) -> None:
    text = smtp.message(server(), "a@b.example", around.format(word), "Text", None, guid="DNF-1", now=0).text
    read = email.message_from_bytes(text, policy=policy.default)

    assert read["bcc"] is None
    assert read["subject"] == around.format(word).replace("=?", "= ?")
    assert read.get_content().strip() == "Text"
    assert list(read.keys())[:5] == ["From", "To", "Subject", "Date", "Message-ID"]


@pytest.mark.parametrize(
    "subject", ["You spent $60.50 of $50.00 for Food & Dining this month: $10.50 too much.", "ä" * 255]
)
def test_a_subject_arrives_as_it_was(subject: str) -> None:
    own = server(smtp_from="fan@example.com")
    text = smtp.message(own, "a@b.example", subject, "long " * 300, None, guid="DNF-1", now=0).text

    assert email.message_from_bytes(text, policy=policy.default)["subject"] == subject
    assert max(map(len, text.split(b"\r\n"))) <= 100


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b.example", "a@b@c.example", "a b@c.example", "a@b.example\r\nRCPT TO:<c@d.example>"]
    + ["<a@b.example>", "a@b.example, c@d.example", "a..b@c.example", "a@b..example", "ä@b.example", "a@b.example\n"]
    + [f"{'a' * 65}@b.example", f"a@{'b' * 300}.example"],
)
def test_what_is_no_address(address: str) -> None:
    assert not smtp.is_address(address)


@pytest.mark.parametrize("address", ["a@b.example", "a.b+c@b-c.example", "o'neil@localhost", f"{'a' * 64}@b.example"])
def test_addresses_that_e_mails_are_sent_to(address: str) -> None:
    assert smtp.is_address(address)
    assert f"To: {address}".encode() in smtp.message(server(), address, "x", "x", None, guid="DNF-1", now=0).text


def test_no_host_is_no_server() -> None:
    assert smtp.server_of(Settings()) is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"smtp_from": ""}, "smtp_from"),
        ({"smtp_from": "nobody"}, "smtp_from"),
        ({"smtp_from": "A\r\nBcc: x@y.example <a@b.example>"}, "smtp_from"),
        ({"smtp_user": "me"}, "go together"),
        ({"smtp_password_file": "/nowhere"}, "go together"),
        ({"smtp_user": "me", "smtp_password_file": "/nowhere"}, "cannot be read"),
        ({"smtp_user": "me", "smtp_password_file": "/nowhere", "smtp_security": "none"}, "in the clear"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        smtp.server_of(Settings(**USUAL | more))


def test_a_password_is_read_from_its_file_and_shown_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    given = {"smtp_user": "me", "smtp_password_file": str(secret)}
    own = server(**given)

    assert own.password == "open sesame"
    assert "sesame" not in repr(own)
    shown = show(load(USUAL | given, {}))
    assert str(secret) not in str(shown)
    assert shown["smtp_host"] == {"value": "mail.example", "origin": "flag"}
    local = {"smtp_security": "none", "smtp_host": "127.0.0.1"}
    assert server(**given, **local).password == "open sesame"
