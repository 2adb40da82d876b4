"""E-mail: deliverables that are pending are sent, each once, by tasks of the queue.

What may have been sent is never sent again: a deliverable is marked before its text goes to the mail server, and one
whose connection ends after that counts as `unknown`. What surely was not sent is tried again with growing pauses.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

from fanlight.base.clock import Clock
from fanlight.core import users
from fanlight.planning.notifications import deliverables, smtp
from fanlight.planning.notifications.deliverables import Letter, State
from fanlight.planning.notifications.smtp import Conversation, Outcome, Server
from fanlight.planning.written import Written
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

R = TypeVar("R")

log = logging.getLogger(__name__)

CONVERSATIONS = 4
"""How many e-mails are sent at once, in threads of their own: a slow mail server holds up nothing else."""

FIRST_PAUSE = 60
LAST_PAUSE = 4 * 3600

RULES = (
    Written(
        "E-mail of a deliverable",
        "Where a mail server is set, to the user's address, unless the user is disabled. What the server did not take "
        "or refused for now (4xx) is tried again, mail_attempts times in all, after 1 minute and then twice as long "
        "each time, 4 hours at most; what it refused for good (5xx) is not. Where the connection ends after the text "
        "began to be sent nobody knows whether it came: it is not sent again and does not count as delivered.",
        "ours",
    ),
)


class _Order(NamedTuple):
    """One e-mail to be sent, and the task that asks for it."""

    user: int
    deliverable: int
    tries: int
    task: int


class Mail:
    """Sends e-mails over a mail server; without one each is noted as such. `attempts` is how often one is tried."""

    def __init__(self, *, store: Store, clock: Clock, server: Server | None, attempts: int) -> None:
        self._store = store
        self._clock = clock
        self._server = server
        self._attempts = attempts
        self._threads = ThreadPoolExecutor(CONVERSATIONS, thread_name_prefix="mail")

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, task: Task) -> None:
        """Send one e-mail, unless it was deleted, sent or given up."""
        given = task.arguments
        order = _Order(given["user"], given["deliverable"], given["tries"], task.id)
        message = await self._store.write(self._take, order)
        if message is None or self._server is None:
            return
        begun = await self._in_thread(partial(smtp.begin, self._server, message))
        if isinstance(begun, Outcome):
            await self._store.write(self._settle, order, begun, State.PENDING)
            return
        await self._send(order, begun)

    async def _send(self, order: _Order, conversation: Conversation) -> None:
        """Hand over the text, from which on it may have been sent; on the disk before it begins."""
        try:
            is_ours = await self._store.write_durable(deliverables.begin, order.user, order.deliverable)
        except BaseException:
            conversation.drop()
            raise
        if not is_ours:
            conversation.drop()
            return
        # When this is cancelled meanwhile the thread goes on alone, and nobody else touches its connection.
        outcome = await self._in_thread(conversation.send)
        await self._store.write(self._settle, order, outcome, State.SENDING)

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def give_up(self, unit: Unit, task: Task) -> None:
        """What failed by a fault of ours as often as it may."""
        given = task.arguments
        found = deliverables.letter(unit, given["user"], given["deliverable"])
        if found is not None and found.state in (State.PENDING, State.SENDING):
            state = State.FAILED if found.state == State.PENDING else State.UNKNOWN
            deliverables.settle(unit, given["user"], given["deliverable"], state)

    def _take(self, unit: Unit, order: _Order) -> smtp.Message | None:
        """What is to be sent; None where there is nothing to do any more, or nobody to send it to."""
        letter = deliverables.letter(unit, order.user, order.deliverable)
        if letter is None:
            return None
        address = _address_of(users.read(unit, order.user))
        if letter.state == State.PENDING and self._server is not None and address is not None:
            return _message(letter, address, self._server, self._clock())
        end = None
        if letter.state == State.SENDING:
            end = State.UNKNOWN  # the process died in it
        elif letter.state == State.PENDING:
            end = State.NO_SERVER if self._server is None else State.NO_ADDRESS
        if end is not None:
            deliverables.settle(unit, order.user, order.deliverable, end)
            log.info("e-mail of deliverable %s: %s", order.deliverable, end.value)
        return None

    def _settle(self, unit: Unit, order: _Order, outcome: Outcome, state: State) -> None:
        """Note how it ended, unless another task came further meanwhile (a lease that ran out)."""
        now = self._clock()
        tasks.finish(unit, order.task)
        letter = deliverables.letter(unit, order.user, order.deliverable)
        if letter is None or (letter.state != state and outcome.kind is not smtp.Kind.SENT):
            return
        settle = partial(deliverables.settle, unit, order.user, order.deliverable)
        log.info("e-mail of deliverable %s: %s (%s)", order.deliverable, outcome.kind.value, outcome.reason)
        if outcome.kind is smtp.Kind.SENT:
            settle(State.SENT, delivered_at=now)
        elif outcome.kind is smtp.Kind.UNKNOWN:
            settle(State.UNKNOWN)
        elif outcome.kind is smtp.Kind.REFUSED or order.tries + 1 >= self._attempts:
            settle(State.FAILED)
        else:
            settle(State.PENDING)
            self._try_again(unit, order, now)

    def _try_again(self, unit: Unit, order: _Order, now: int) -> None:
        pause = min(LAST_PAUSE, FIRST_PAUSE * 2**order.tries)
        again = {"tries": order.tries + 1, "run_at": now + pause, "wake": _unhurried}
        deliverables.enqueue(unit, order.user, order.deliverable, **again)


def _unhurried() -> None:
    """It is due later."""


def _address_of(user: users.User) -> str | None:
    """Where e-mails go; nowhere for a user who is disabled."""
    is_reached = not user.is_disabled and user.email is not None and smtp.is_address(user.email)
    return user.email if is_reached else None


def _message(letter: Letter, address: str, server: Server, now: int) -> smtp.Message:
    """Plain text and, where the deliverable's content is HTML, that too."""
    is_html = letter.content.lstrip().startswith("<")
    text = "\n\n".join(part for part in (letter.subject, letter.body) if part) if is_html else letter.content
    return smtp.message(
        server, address, letter.subject, text, letter.content if is_html else None, guid=letter.guid, now=now
    )
