"""A real mail server on a loopback port, which a test makes refuse, hang or hang up."""

import asyncio
import email
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from support.processes import until

OK = "250 OK"


class Mailbox:
    """What came, in order; `recipient` and `text` are what the server answers to each of them.

    `drops` hangs up where the answer to the text is due. `hold_recipient` and `hold_text` keep the answer back.
    """

    def __init__(self) -> None:
        self.recipient = OK
        self.text = OK
        self.drops = False
        self.hold_recipient = threading.Event()
        self.hold_text = threading.Event()
        self.hold_recipient.set()
        self.hold_text.set()
        self.asked = 0
        self.envelopes: list[Envelope] = []
        self.logins: list[tuple[bytes, bytes]] = []

    @property
    def messages(self) -> list[EmailMessage]:
        return [self._read(each) for each in self.envelopes]

    def waits_for(self, number: int) -> None:
        """Wait until so many texts came."""
        until(lambda: len(self.envelopes) >= number, f"{number} e-mails did not come")

    async def handle_RCPT(  # noqa: N802 - a name of aiosmtpd
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        await server.loop.run_in_executor(None, self.hold_recipient.wait)
        if self.recipient == OK:
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        await server.loop.run_in_executor(None, self.hold_text.wait)
        if self.drops:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.text

    def sign_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        """Anybody may, if only with a password."""
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=True)

    @staticmethod
    def _read(envelope: Envelope) -> EmailMessage:
        assert isinstance(envelope.content, bytes)
        made = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        return made


@contextmanager
def serving(box: Mailbox, port: int, *, tls: ssl.SSLContext | None = None, signs_in: bool = False) -> Iterator[Mailbox]:
    """The mailbox on a port until the block ends; with `tls` over STARTTLS, with `signs_in` after a sign-on."""
    options: dict[str, Any] = {"tls_context": tls, "auth_required": signs_in}
    if signs_in:
        options |= {"authenticator": box.sign_in, "auth_require_tls": tls is not None}
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box
    finally:
        box.hold_recipient.set()
        box.hold_text.set()
        controller.stop()
