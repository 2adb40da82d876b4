"""Evaluation: every rule is asked, and what it finds is kept, unless it was told before or is no news.

The same thing is told once within its rule's window. Of one deposit only the highest-ranking insight is told, and what
rests on transactions alone is told only while one of them is news: a fresh history is no flood.
"""

import logging
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from fanlight.base.clock import DAY
from fanlight.base.guids import new_guid
from fanlight.planning import outbox, wording
from fanlight.planning.facts import Facts
from fanlight.planning.insights import gone, registry, store
from fanlight.planning.insights.port import Finding, Kept, Rule, Trigger
from fanlight.planning.insights.registry import DEPOSITS
from fanlight.planning.written import Written
from fanlight.storage.unit import Unit

log = logging.getLogger(__name__)

ACTIVE_DAYS = 90
"""For how long an insight is active."""
MOST_OF_A_RULE = 20
"""How many things a rule may find at once."""
DIGEST_BYTES = 16


class _Found(NamedTuple):
    rule: Rule
    finding: Finding


def evaluate(unit: Unit, facts: Facts, rules: Sequence[Rule] = registry.RULES) -> None:
    """Ask every rule, keep what is new, and end what no longer holds."""
    gone.remove(unit, facts.user_id, now=facts.now)
    store.expire(unit, facts.user_id, now=facts.now)
    _end_what_is_over(unit, facts, rules)
    told = {(each.template, each.about): each.created_at for each in store.told(unit, facts.user_id)}
    found = [each for each in _found(facts, rules) if not _is_told(each, told, facts.now) and _is_news(each, facts)]
    for each in _ranked(unit, facts, found):
        _keep(unit, facts, each)


def digest_of(template: str, about: str, bucket: str = "") -> str:
    """24 characters that are the same for the same thing; `bucket` is the day where it may be told again."""
    text = f"{template}\0{about}\0{bucket}"
    return b64encode(sha256(text.encode()).digest()[:DIGEST_BYTES]).decode()


def _found(facts: Facts, rules: Iterable[Rule]) -> list[_Found]:
    """What the rules find, each thing once, of each the last ones: those are the newest.

    A rule that fails finds nothing, and the others are not kept from it.
    """
    found: dict[tuple[str, str], _Found] = {}
    for rule in rules:
        try:
            for finding in deque(rule.find(facts), maxlen=MOST_OF_A_RULE):
                found.setdefault((rule.template, finding.about), _Found(rule, finding))
        except Exception:
            log.exception("The rule %s failed.", rule.template)
    return list(found.values())


def _is_told(found: _Found, told: Mapping[tuple[str, str], int], now: int) -> bool:
    """Whether it was told within its rule's window."""
    last = told.get((found.rule.template, found.finding.about))
    if last is None:
        return False
    return found.rule.window is None or now - last < found.rule.window * DAY


def _is_news(found: _Found, facts: Facts) -> bool:
    """Whether one of the transactions that it rests on is recent; what a budget or the clock brings always is."""
    if found.rule.triggers != (Trigger.TRANSACTION,) or not found.finding.transactions:
        return True
    return not facts.recent_guids.isdisjoint(found.finding.transactions)


def _ranked(unit: Unit, facts: Facts, found: Sequence[_Found]) -> list[_Found]:
    """Without the deposits of which a higher-ranking insight tells, or any told before."""
    rank = {template: place for place, template in enumerate(DEPOSITS)}
    deposits = [each for each in found if each.rule.template in rank and each.finding.transactions]
    if not deposits:
        return list(found)
    guids = {each.finding.transactions[0] for each in deposits}
    done = store.transactions_told_by(unit, facts.user_id, guids, DEPOSITS)
    best: dict[str, _Found] = {}
    for each in sorted(deposits, key=lambda one: rank[one.rule.template]):
        best.setdefault(each.finding.transactions[0], each)
    kept = {id(each) for guid, each in best.items() if guid not in done}
    dropped = {id(each) for each in deposits} - kept
    return [each for each in found if id(each) not in dropped]


def _end_what_is_over(unit: Unit, facts: Facts, rules: Iterable[Rule]) -> None:
    """An insight whose facts no longer hold is not relevant any more."""
    asked = {rule.template: rule for rule in rules if rule.is_over is not None}
    relevant = [each for each in store.relevant(unit, facts.user_id) if each[1] in asked]
    links = store.links(unit, facts.user_id, [key for key, *_ in relevant])
    over = [
        key
        for key, template, about in relevant
        if _is_over(asked[template], facts, Kept(template, about, links.get(key, {})))
    ]
    store.end(unit, facts.user_id, over, now=facts.now)


def _is_over(rule: Rule, facts: Facts, kept: Kept) -> bool:
    try:
        return rule.is_over is not None and rule.is_over(facts, kept)
    except Exception:
        log.exception("The rule %s failed.", rule.template)
        return False


def _keep(unit: Unit, facts: Facts, found: _Found) -> None:
    row, links = _row(facts, found), _links(found.finding)
    store.add(unit, row, links)
    outbox.add(unit, facts.user_id, gone.KIND, outbox.CREATED, _payload(row, links), now=facts.now)


def _row(facts: Facts, found: _Found) -> store.Row:
    rule, finding = found
    bucket = "" if rule.window is None else facts.today.isoformat()
    return store.Row(
        user_id=facts.user_id,
        guid=new_guid("BET"),
        template=rule.template,
        digest=digest_of(rule.template, finding.about, bucket),
        about=finding.about,
        title=finding.title,
        description=finding.description,
        micro_title=wording.short(finding.micro_title or finding.title, wording.MICRO_TITLE),
        micro_description=wording.short(finding.micro_description or finding.description, wording.MICRO_DESCRIPTION),
        micro_call_to_action=finding.micro_call_to_action,
        primary_account_guid=next(iter(finding.accounts), None),
        primary_transaction_guid=next(iter(finding.transactions), None),
        is_relevant=True,
        has_been_displayed=False,
        is_dismissed=False,
        active_at=facts.now,
        expires_at=facts.now + ACTIVE_DAYS * DAY,
        displayed_at=None,
        cta_clicked_at=None,
        created_at=facts.now,
        updated_at=facts.now,
    )


def _links(finding: Finding) -> dict[str, tuple[str, ...]]:
    return {
        store.ACCOUNT: finding.accounts,
        store.CATEGORY: finding.categories,
        store.MERCHANT: finding.merchants,
        store.SCHEDULED_PAYMENT: finding.scheduled_payments,
        store.TRANSACTION: finding.transactions,
    }


def _payload(row: store.Row, links: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a webhook says of a new insight: the beat's fields; moments in Unix seconds."""
    kept = msgspec.structs.asdict(row)
    for name in ("id", "user_id", "about"):
        kept.pop(name)
    guids = {f"{kind}_guids": list(links[kind]) for kind in (store.ACCOUNT, store.TRANSACTION)}
    return kept | guids | {"is_deleted": False}


RULES: tuple[Written, ...] = (
    Written(
        "Insight: how many",
        f"Of what one rule finds at once only the last {MOST_OF_A_RULE} are told, the newest.",
        "ours",
    ),
    Written(
        "Insight: when",
        "Rules are asked after every aggregation, after every change of what they look at, and once a day by the clock "
        "of the client's time zone.",
        "documented",
    ),
    Written(
        "Insight: once",
        "The same thing is told once within its rule's window, for ever where the rule has none. `digest` is made of "
        "the template, of what the insight is about and, where it may be told again, of the day.",
        "documented",
    ),
    Written(
        "Insight: deposits",
        "One deposit yields the highest-ranking insight only: tax, government, 529, HSA, paycheck, check, large, "
        "savings account; and never a second one.",
        "documented",
    ),
    Written(
        "Insight: news",
        "What rests on transactions alone is told while one of them is at most 10 days old; a fresh history tells no "
        "older ones.",
        "ours",
    ),
    Written(
        "Insight: how long",
        f"Active for {ACTIVE_DAYS} days, then no longer listed. What its user dismissed is not listed either, nor, but "
        "among beats, what was never displayed and whose facts no longer hold; by its guid it can be read.",
        "documented",
    ),
    Written(
        "Insight: is_relevant",
        "False once displayed or dismissed, when its facts no longer hold, and when it is no longer active; never true "
        "again.",
        "documented",
    ),
    Written(
        "Insight: displayed_at",
        "The moment when has_been_displayed turned true first; null when it is false.",
        "ours",
    ),
    Written(
        "Insight: of what was deleted",
        "One that speaks only of deleted accounts and their transactions is deleted with them; what is hidden is left.",
        "ours",
    ),
    Written("Insight: has_associated_x", "Whether there is such a thing that can still be shown.", "platform"),
)
