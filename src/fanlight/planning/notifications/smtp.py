"""SMTP: one e-mail is made and handed to the operator's mail server. It blocks: not for the event loop."""

import datetime as dt
import re
import smtplib
import ssl
from contextlib import suppress
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from fanlight.base.errors import OperatorError
from fanlight.settings import Settings

# Nothing that a header or an envelope could be ended or divided with; addresses in other letters need an extension
# that few servers have.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_ADDRESS = 254
_POLICY = policy.SMTP.clone(cte_type="7bit")
# A header in ASCII stays on one line: folded, a long subject would begin with a space. Others have to be divided.
_UNFOLDED = _POLICY.clone(max_line_length=998)
_TRANSIENT = range(400, 500)
_OK = range(200, 300)


class Server(NamedTuple):
    """The operator's mail server; `security` is none, starttls or tls."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: Address
    timeout: int

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


class Message(NamedTuple):
    """An e-mail: who it is for, and all of its text."""

    recipient: str
    text: bytes


class Kind(StrEnum):
    """How it ended."""

    SENT = "sent"
    REFUSED = "refused"
    AWAY = "not taken for now"
    UNKNOWN = "unknown"


class Outcome(NamedTuple):
    """How it ended and why; the reason holds no address."""

    kind: Kind
    reason: str


class Conversation(NamedTuple):
    """A connection on which all was said but the text."""

    connection: smtplib.SMTP
    text: bytes

    def send(self) -> Outcome:
        """Hand over the text and hang up. Only an answer tells what became of it."""
        outcome = self._hand_over()
        _close(self.connection)
        return outcome

    def drop(self) -> None:
        """Hang up at once, without a word."""
        self.connection.close()

    def _hand_over(self) -> Outcome:
        try:
            code, _ = self.connection.data(self.text)
        except smtplib.SMTPDataError as error:
            return _refusal(error.smtp_code, "the text")
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Kind.UNKNOWN, type(error).__name__)
        return Outcome(Kind.SENT, str(code)) if code in _OK else _refusal(code, "the text")


def server_of(settings: Settings) -> Server | None:
    """The mail server of the settings, None for none; raises OperatorError where they do not fit together."""
    if not settings.smtp_host:
        return None
    name, address = parseaddr(settings.smtp_from)
    if not is_address(address) or not settings.smtp_from.isprintable():
        raise OperatorError("smtp_host needs smtp_from, an address such as Fanlight <fanlight@example.com>.")
    if bool(settings.smtp_user) != bool(settings.smtp_password_file):
        raise OperatorError("smtp_user and smtp_password_file go together.")
    if settings.smtp_user and settings.smtp_security == "none" and not _is_loopback(settings.smtp_host):
        raise OperatorError("smtp_security none would send the password in the clear; use starttls or tls.")
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=_password(settings.smtp_password_file),
        sender=Address(name, addr_spec=address),
        timeout=settings.smtp_timeout,
    )


def is_address(text: str) -> bool:
    """Whether an e-mail can be sent to it."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def message(
    server: Server, recipient: str, subject: str, text: str, html: str | None, *, guid: str, now: int
) -> Message:  # fmt: skip
    """An e-mail; `guid` names it, so that it has the same Message-ID however often it is made."""
    made = EmailMessage(policy=_POLICY)
    made["From"] = server.sender
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = _plainly(subject)
    made["Date"] = format_datetime(dt.datetime.fromtimestamp(now, dt.UTC))
    made["Message-ID"] = f"<{guid}@{server.sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text, cte="quoted-printable")
    if html is not None:
        made.add_alternative(html, subtype="html", cte="quoted-printable")
    is_plain = all(str(value).isascii() for value in made.values())
    return Message(recipient, made.as_bytes(policy=_UNFOLDED if is_plain else _POLICY))


def _plainly(subject: str) -> str:
    """One line in which nothing is taken for an encoded word (RFC 2047): that could stand for the end of a line."""
    return " ".join(subject.split()).replace("=?", "= ?")


def begin(server: Server, message: Message) -> Conversation | Outcome:
    """Say everything but the text: until here nothing was sent, whatever happens."""
    try:
        connection = _connected(server)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(Kind.AWAY, type(error).__name__)
    try:
        _introduce(connection, server)
        said = _envelope(connection, server, message)
    except (smtplib.SMTPException, OSError) as error:
        said = Outcome(Kind.AWAY, type(error).__name__)
    if said is None:
        return Conversation(connection, message.text)
    _close(connection)
    return said


def _connected(server: Server) -> smtplib.SMTP:
    own = server.sender.domain
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=own, timeout=server.timeout, context=context)
    return smtplib.SMTP(server.host, server.port, local_hostname=own, timeout=server.timeout)


def _introduce(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo_or_helo_if_needed()
    if server.user:
        connection.login(server.user, server.password)


def _envelope(connection: smtplib.SMTP, server: Server, message: Message) -> Outcome | None:
    code, _ = connection.mail(server.sender.addr_spec)
    if code not in _OK:
        return Outcome(Kind.AWAY, f"sender: {code}")  # the operator's to put right
    code, _ = connection.rcpt(message.recipient)
    return None if code in _OK else _refusal(code, "recipient")


def _refusal(code: int, what: str) -> Outcome:
    return Outcome(Kind.AWAY if code in _TRANSIENT else Kind.REFUSED, f"{what}: {code}")


def _close(connection: smtplib.SMTP) -> None:
    """Say goodbye, as far as anybody listens."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _password(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise OperatorError(f"smtp_password_file cannot be read: {type(error).__name__}.") from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
