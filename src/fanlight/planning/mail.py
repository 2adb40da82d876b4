"""E-mail: deliverables that are pending are sent, each once, by tasks of the queue.

What may have been sent is never sent again: a deliverable is marked before its text goes to the mail server, and one
whose connection ends after that counts as `unknown`. What surely was not sent is tried again with growing pauses.
"""

import asyncio
import logging
from functools import partial
from typing import NamedTuple

from fanlight.base.clock import Clock
from fanlight.core import users
from fanlight.planning import smtp
from fanlight.planning.notifications import deliverables
from fanlight.planning.notifications.deliverables import Letter, State
from fanlight.planning.smtp import Conversation, Outcome, Server
from fanlight.queue import tasks
from fanlight.queue.tasks import Task
from fanlight.storage.engine import Store
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

FIRST_PAUSE = 60
LAST_PAUSE = 4 * 3600


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

    async def run(self, task: Task) -> None:
        """Send one e-mail, unless it was deleted, sent or given up."""
        given = task.arguments
        order = _Order(given["user"], given["deliverable"], given["tries"], task.id)
        message = await self._store.write(self._take, order)
        if message is None or self._server is None:
            return
        begun = await asyncio.to_thread(smtp.begin, self._server, message)
        if isinstance(begun, Outcome):
            await self._store.write(self._settle, order, begun)
            return
        await self._send(order, begun)

    async def _send(self, order: _Order, conversation: Conversation) -> None:
        """Hand over the text, from which on it may have been sent; on the disk before it begins."""
        try:
            if not await self._store.write_durable(deliverables.begin, order.user, order.deliverable):
                return
            outcome = await asyncio.to_thread(conversation.send)
            await self._store.write(self._settle, order, outcome)
        finally:
            conversation.close()

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

    def _settle(self, unit: Unit, order: _Order, outcome: Outcome) -> None:
        now = self._clock()
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
        tasks.finish(unit, order.task)

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
