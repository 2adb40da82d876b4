"""Evaluate: what is new among what is to be told is written down, with its texts, and put on its way."""

from collections.abc import Callable
from html import escape

from fanlight.planning import outbox
from fanlight.planning.facts import Facts
from fanlight.planning.notifications import deliverables, profiles, rules, store
from fanlight.planning.notifications.kinds import Channel
from fanlight.planning.notifications.profiles import Profile
from fanlight.planning.notifications.rules import Event
from fanlight.planning.saving import goals
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit


def evaluate(unit: Unit, facts: Facts, *, wake: Callable[[], None]) -> None:
    """Tell what was not told: the notification, its deliverables and what the outbox says of it, in this unit."""
    known = profiles.read(unit, facts.user_id)
    own = goals.list_all(unit, facts.user_id, facts.today)
    found = {each.key: each for each in rules.find(facts, known, own)}
    store.remove_gone(unit, facts.user_id, now=facts.now)
    store.end(unit, facts.user_id, rules.over(facts, known, own))
    if not found:
        return
    told = store.told(unit, facts.user_id, found.keys())
    for key, event in found.items():
        if key not in told:
            _tell(unit, facts, event, known.of(event.kind, event.account_guid), wake)


def _tell(unit: Unit, facts: Facts, event: Event, profile: Profile, wake: Callable[[], None]) -> None:
    row = store.add(
        unit,
        facts.user_id,
        event.kind,
        event.subject,
        event=event.key,
        today=facts.today.isoformat(),
        now=facts.now,
        entity_guid=event.entity_guid,
        deep_link_guid=event.deep_link_guid,
        threshold=event.threshold,
    )
    for channel in profile.channels:
        deliverables.add(unit, row, channel, text_for(channel, event.subject), now=facts.now, wake=wake)
    store.tell(unit, row, outbox.CREATED, profile.channels, now=facts.now)


def text_for(channel: Channel, subject: str) -> str:
    """A subject as a channel wants it: HTML for e-mails."""
    return f"<html><body><p>{escape(subject)}</p></body></html>" if channel is Channel.EMAIL else subject


RULES: tuple[Written, ...] = (
    Written(
        "Notifications of what was deleted",
        "What is about an account, or a goal on one, is deleted with that account; an e-mail that was not sent yet is "
        "not sent. What is about a hidden account stays.",
        "ours",
    ),
    Written(
        "Channels",
        "Where no profile says otherwise: IN_APP, and EMAIL for a user who has an address. A profile may name any of "
        "EMAIL, PUSH, SMS and IN_APP, or none; one of an account stands above that of the kind.",
        "ours",
    ),
    Written("Numbers of channels", "EMAIL 1 and PUSH 2 are documented; SMS 3 and IN_APP 4 are ours.", "ours"),
    Written(
        "has_been_delivered",
        "IN_APP: from the start, for it is there at the next login. EMAIL: when the mail server has taken it. PUSH and "
        "SMS: never by this server, which puts them into the outbox.",
        "ours",
    ),
    Written("has_been_viewed", "Set by reading the single notification; listing it does not.", "ours"),
    Written(
        "A second deliverable for the same channel", "Refused (409): delete the first one before.", "ours"
    ),
)  # fmt: skip
