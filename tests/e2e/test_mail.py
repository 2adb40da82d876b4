"""E-mails of notifications, sent over a real mail server that refuses, hangs, hangs up or is away: each comes once."""

import datetime as dt
import json
import logging
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contract.notification_things import deliverable, notification
from contract.partner_things import Partner
from fanlight.planning.notifications.deliverables import SEND
from fanlight.planning.notifications.mail import FIRST_PAUSE
from fanlight.queue.tasks import Task
from support.mailbox import Mailbox, serving
from support.processes import Running, started, until
from support.world import NOON, Nexus, World, free_port, running

SENDER = "Fanlight <fanlight@bank.example>"
STATE = "SELECT state, delivered_at FROM deliverables ORDER BY id"
TASKS = "SELECT run_at FROM tasks WHERE kind = 'mail'"
HTML = "<html><body><p>Größe &amp; Farbe</p></body></html>"


def settings(port: int, **more: Any) -> dict[str, Any]:
    return {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_from": SENDER} | more


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def mailing(tmp_path: Path, port: int) -> Iterator[World]:
    """A world that has a mail server at the port; its first user has an address."""
    with running(tmp_path / "world", **settings(port)) as world:
        yield world


def send(nexus: Nexus, text: str = HTML, **fields: Any) -> str:
    """The path of a deliverable that is an e-mail."""
    of = notification(nexus, **fields)["guid"]
    return f"/notifications/{of}/deliverables/{deliverable(nexus, of, 'EMAIL', text)['guid']}"


def ends(world: World, state: str) -> None:
    """Wait until the newest deliverable is in a state and no task is left of it."""
    until(lambda: world.rows(STATE)[-1][0] == state and not world.rows(TASKS), f"not {state}: {world.rows(STATE)}")


def put_off(world: World, moment: int) -> None:
    """Wait until the e-mail is to be tried again at a moment, and let it come."""
    until(lambda: world.rows(TASKS) == [(moment,)], f"not put off to {moment}: {world.rows(TASKS)}")
    assert world.rows(STATE) == [("pending", None)]
    world.clock.now = moment
    world.runtime.queue.wake()


def parts(message: EmailMessage) -> list[str]:
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [each.get_content().replace("\r\n", "\n").strip() for each in found if each is not None]


def test_an_email_comes_once_and_is_delivered_then(mailing: World, port: int) -> None:
    nexus = mailing.nexus
    with serving(Mailbox(), port) as box:
        path = send(nexus, subject="Größe ☀", content="Mehr dazu.\n.\nEnde")
        ends(mailing, "sent")
        for _ in range(3):
            mailing.clock.advance(600)
            mailing.runtime.queue.wake()
            nexus.ok("GET", "/notifications")
        (message,) = box.messages
    shown = nexus.ok("GET", path)["deliverable_notification"]
    assert (shown["has_been_delivered"], shown["delivered_at"]) == (True, "2026-08-02T12:00:00+00:00")
    assert shown["delivered_on"] == "2026-08-02"
    assert box.envelopes[0].mail_from == "fanlight@bank.example"
    assert box.envelopes[0].rcpt_tos == ["sam@example.com"]
    assert (message["from"], message["to"]) == (SENDER, "sam@example.com")
    assert (message["subject"], message["auto-submitted"]) == ("Größe ☀", "auto-generated")
    assert message["message-id"] == f"<{shown['guid']}@bank.example>"
    assert message["date"] == "Sun, 02 Aug 2026 12:00:00 +0000"
    assert parts(message) == ["Größe ☀\n\nMehr dazu.\n.\nEnde", HTML]


def test_a_text_that_is_no_html_is_sent_as_it_is(mailing: World, port: int) -> None:
    with serving(Mailbox(), port) as box:
        send(mailing.nexus, text := "Plain\n.\n..\n" + "long " * 500)
        ends(mailing, "sent")
        (message,) = box.messages
    assert message.get_content_type() == "text/plain"
    assert parts(message) == [text.strip()]


def test_a_server_that_is_away_is_tried_until_it_comes_back(mailing: World, port: int) -> None:
    send(mailing.nexus)
    put_off(mailing, NOON + FIRST_PAUSE)
    put_off(mailing, NOON + 3 * FIRST_PAUSE)
    moment = NOON + 7 * FIRST_PAUSE
    until(lambda: mailing.rows(TASKS) == [(moment,)], "the third attempt did not fail")
    with serving(Mailbox(), port) as box:
        put_off(mailing, moment)
        ends(mailing, "sent")
        assert len(box.messages) == 1
    assert mailing.rows(STATE) == [("sent", moment)]


def test_an_email_is_given_up_after_its_attempts(tmp_path: Path, port: int) -> None:
    with running(tmp_path / "world", **settings(port, mail_attempts=2)) as world:
        path = send(world.nexus)
        put_off(world, NOON + FIRST_PAUSE)
        ends(world, "failed")
        with serving(Mailbox(), port) as box:
            world.clock.advance(1200)
            world.runtime.queue.wake()
            world.nexus.ok("GET", "/notifications")
        shown = world.nexus.ok("GET", path)["deliverable_notification"]
    assert (shown["has_been_delivered"], shown["delivered_at"], box.envelopes) == (False, None, [])


@pytest.mark.parametrize(("at", "code"), [("recipient", "451 later"), ("text", "452 no room")])
def test_what_is_refused_for_now_is_tried_again(mailing: World, port: int, at: str, code: str) -> None:
    with serving(Mailbox(), port) as box:
        setattr(box, at, code)
        send(mailing.nexus)
        until(lambda: mailing.rows(TASKS) == [(NOON + FIRST_PAUSE,)], "not put off")
        setattr(box, at, "250 OK")
        put_off(mailing, NOON + FIRST_PAUSE)
        ends(mailing, "sent")
        assert len({message["message-id"] for message in box.messages}) == 1
        assert len(box.messages) == (2 if at == "text" else 1)


@pytest.mark.parametrize("at", ["recipient", "text"])
def test_what_is_refused_for_good_has_failed(mailing: World, port: int, at: str) -> None:
    with serving(Mailbox(), port) as box:
        setattr(box, at, "550 nobody")
        send(mailing.nexus)
        ends(mailing, "failed")
    assert box.asked == 1


def test_what_may_have_come_is_not_sent_again(mailing: World, port: int) -> None:
    with serving(Mailbox(), port) as box:
        box.drops = True
        path = send(mailing.nexus)
        ends(mailing, "unknown")
        box.drops = False
        mailing.clock.advance(1200)
        send(mailing.nexus)
        ends(mailing, "sent")
        assert len(box.envelopes) == 2
    assert mailing.nexus.ok("GET", path)["deliverable_notification"]["has_been_delivered"] is False


def test_an_email_that_is_deleted_before_it_goes_is_not_sent(mailing: World, port: int) -> None:
    nexus = mailing.nexus
    with serving(Mailbox(), port) as box:
        box.hold_recipient.clear()
        paths = [send(nexus), send(nexus)]
        until(lambda: box.asked >= 1, "the server was not asked")
        assert nexus.send("DELETE", paths[0]).status_code == 204
        assert nexus.send("DELETE", paths[1].split("/deliverables")[0]).status_code == 204
        box.hold_recipient.set()
        until(lambda: not mailing.rows(TASKS), "a task is left")
        send(nexus)
        ends(mailing, "sent")
        assert len(box.envelopes) == 1


def test_who_has_no_address_or_is_disabled_gets_none(mailing: World, port: int) -> None:
    with serving(Mailbox(), port) as box:
        other = mailing.user("no-address")
        send(other)
        ends(mailing, "no address")
        partner = Partner(mailing, "no-address")
        partner.ok("PUT", ".json", {"user": {"email": "x y@example.com".replace(" ", "\u00fc")}})
        send(other)
        ends(mailing, "no address")
        partner.ok("PUT", ".json", {"user": {"email": "reached@example.com"}})
        send(other)
        ends(mailing, "sent")
        box.hold_recipient.clear()
        assert box.envelopes[0].rcpt_tos == ["reached@example.com"]
        mailing.rows("UPDATE users SET is_disabled = 1 WHERE external_id = 'no-address'")
        send(other)
        ends(mailing, "no address")


@pytest.mark.parametrize(("state", "end"), [("pending", "failed"), ("sending", "unknown"), ("sent", "sent")])
def test_what_fails_by_a_fault_of_ours_comes_to_an_end(own_world: World, state: str, end: str) -> None:
    send(own_world.nexus)
    ends(own_world, "no server")
    own_world.rows("UPDATE deliverables SET state = ?", state)
    ((key, user),) = own_world.rows("SELECT id, user_id FROM deliverables")
    given = json.dumps({"user": user, "deliverable": key, "tries": 0})

    own_world.unit(own_world.runtime.mail.give_up, Task(1, SEND, given, attempts=5, lane=SEND))

    assert own_world.rows(STATE) == [(end, None)]


def _double(world: World) -> None:
    """Another task for the same e-mail, as after a lease that ran out."""
    columns = "kind, payload, lane, run_at"
    world.rows(
        f"INSERT INTO tasks ({columns}, attempts, leased_until) SELECT {columns}, 0, 0 FROM tasks WHERE kind = 'mail'"
    )
    world.runtime.queue.wake()


def test_an_email_that_two_tasks_ask_for_comes_once(mailing: World, port: int) -> None:
    with serving(Mailbox(), port) as box:
        box.hold_recipient.clear()
        send(mailing.nexus)
        until(lambda: box.asked == 1, "the server was not asked")
        _double(mailing)
        until(lambda: box.asked == 2, "the server was not asked twice")
        box.hold_recipient.set()
        ends(mailing, "sent")
        assert len(box.envelopes) == 1


def test_a_task_that_was_refused_takes_nothing_back_from_one_that_sent(mailing: World, port: int) -> None:
    with serving(Mailbox(), port) as box:
        box.hold_recipient.clear()
        box.recipient = "451 later"
        send(mailing.nexus)
        until(lambda: box.asked == 1, "the server was not asked")
        ((key,),) = mailing.rows("SELECT id FROM deliverables")
        mailing.rows("UPDATE deliverables SET state = 'sent' WHERE id = ?", key)
        box.hold_recipient.set()
        ends(mailing, "sent")
        assert box.envelopes == []


def test_without_a_mail_server_nothing_waits(own_world: World) -> None:
    path = send(own_world.nexus)
    ends(own_world, "no server")
    assert own_world.nexus.ok("GET", path)["deliverable_notification"]["has_been_delivered"] is False


def test_nothing_is_sent_in_the_clear_where_that_is_not_wanted(tmp_path: Path, port: int) -> None:
    with running(tmp_path / "world", **settings(port, smtp_security="starttls")) as world:
        with serving(Mailbox(), port) as box:
            send(world.nexus)
            until(lambda: world.rows(TASKS) == [(NOON + FIRST_PAUSE,)], "not put off")
        assert (box.asked, box.envelopes) == (0, [])


def _certificate(place: Path) -> ssl.SSLContext:
    """A certificate of this machine, signed by itself, in `trusted.pem` beside its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (place / "trusted.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (place / "server.key").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "trusted.pem", place / "server.key")
    return context


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_has_to_be_good_before_a_password_is_said(
    tmp_path: Path, port: int, is_trusted: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    context = _certificate(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    signed_on = {"smtp_security": "starttls", "smtp_user": "me", "smtp_password_file": str(secret)}
    with (
        running(tmp_path / "world", **settings(port, **signed_on)) as world,
        serving(Mailbox(), port, tls=context, signs_in=True) as box,
    ):
        send(world.nexus)
        if is_trusted:
            ends(world, "sent")
        else:
            until(lambda: world.rows(TASKS) == [(NOON + FIRST_PAUSE,)], "not put off")
    assert box.logins == ([(b"me", b"open sesame")] if is_trusted else [])
    assert len(box.envelopes) == is_trusted
    ours = [line.getMessage() for line in caplog.records if line.name.startswith("fanlight")]
    assert not [line for line in ours if "sesame" in line or "sam@example.com" in line]


def _sandbox(place: Path, port: int) -> Any:
    """A process in a place that is kept, with a mail server at the port."""
    env = {f"FANLIGHT_{name.upper()}": str(value) for name, value in settings(port).items()}
    ports = ("--port", "0", "--bank-port", "0", "--institutions", "0")
    return started("sandbox", *ports, "--data", str(place), env=env)


def _state(place: Path) -> str:
    with closing(sqlite3.connect(place / "fanlight.db")) as connection:
        return str(connection.execute(STATE).fetchone()[0])


def _ask(process: Running) -> None:
    of = process.call("POST", "/notifications", {"notification": {"subject": "Hello"}}).json()["notification"]["guid"]
    body = {"deliverable": {"channel": "EMAIL", "content": "Hello"}}
    assert process.call("POST", f"/notifications/{of}/deliverables", body).status_code == 200


@pytest.mark.parametrize(("held", "end"), [("hold_recipient", "sent"), ("hold_text", "unknown")])
def test_a_process_that_dies_in_the_middle_sends_no_email_twice(
    tmp_path: Path, port: int, held: str, end: str
) -> None:  # fmt: skip
    place = tmp_path / "kept"
    with serving(Mailbox(), port) as box:
        with _sandbox(place, port) as process:
            getattr(box, held).clear()
            _ask(process)
            until(lambda: box.envelopes if held == "hold_text" else box.asked, "the server was not asked")
            process.kill()
        getattr(box, held).set()
        with _sandbox(place, port):
            until(lambda: _state(place) == end, f"not {end}")
        assert len(box.envelopes) == 1
