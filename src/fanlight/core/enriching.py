"""Enriching: what the system and the client's rules say of a transaction, and what comes out with the user's rules.

Pure but for reading the rules: the same feed, version and rules give the same answer, so it can be done again.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from fanlight.base.folding import fold
from fanlight.core import accounts, client_rules, merchant_locations, split_parts, transaction_rules, transactions
from fanlight.core.client_rules import ClientRule
from fanlight.core.provenance import to_json
from fanlight.core.transactions import Row, RuleFor, Type
from fanlight.enrichment.categories import BY_KEY, INVESTMENTS, TRANSFER, UNCATEGORIZED, top_level
from fanlight.enrichment.pipeline import VERSION, By, Enriched, Flags, Seen, enrich
from fanlight.enrichment.places import Place
from fanlight.storage.unit import Unit

BY_CLIENT = "client rule"
BY_TWIN = "transfer"
"""`by` of what only its other side tells to be a transfer."""
_AT_A_PLACE = '"merchant_location_guid"'
WEAK = frozenset((By.NOTHING, By.WORDS))
"""What decides a category that the other side of a transfer overrules."""
_KEPT = frozenset((TRANSFER, INVESTMENTS, BY_KEY["FINANCIAL"].guid))
OF_MANY = ("twin", "is_recurring", "pending")
"""What the system says of a transaction among others, which enrichment of it alone does not know."""


class Says(NamedTuple):
    """The rules that hold for one user, as they were read: their client's, and their own."""

    client: dict[str, ClientRule]
    own: list[transaction_rules.Row]
    rule_for: RuleFor

    @classmethod
    def of(cls, unit: Unit, user_id: int) -> "Says":
        return cls.made(client_rules.of_user(unit, user_id), transaction_rules.list_all(unit, user_id))

    @classmethod
    def made(cls, client: dict[str, ClientRule], own: list[transaction_rules.Row]) -> "Says":
        """What these rules say."""
        return cls(client, own, transaction_rules.rule_for(own))

    def is_same(self, other: "Says") -> bool:
        """Whether two hold the very same rules."""
        return self.client == other.client and self.own == other.own

    def as_client_wants(self, found: Enriched) -> Enriched:
        """What enrichment found, as the client's rules have it."""
        rule = self.client.get(fold(found.description)) if self.client else None
        if rule is None:
            return found
        described = rule.description or found.description
        return found._replace(category_guid=rule.category_guid, description=described)

    def enriched(self, row: Row, account_type: int | None) -> Row:
        """The row with what the system says of its feed."""
        found = enrich(_seen(row, row.facts_of_feed(), account_type))
        wanted = self.as_client_wants(found)
        if not row.system:
            return msgspec.structs.replace(row, system=_system_text(found, wanted, by_client=wanted is not found))
        before, system = row.facts_of_system(), _system(found, wanted, by_client=wanted is not found)
        system |= {name: before[name] for name in OF_MANY if name in before}
        if "twin" in system:
            system = with_twin(system, system["twin"])
        return msgspec.structs.replace(row, system=to_json(system))

    def settled(self, row: Row) -> Row:
        return transactions.settled(row, self.rule_for)

    def told(self, row: Row, before: Row | None, account_type: int | None) -> Row:
        """A row that its feed told, new or anew, with all that comes of it."""
        return self.settled(self.enriched(transactions.following(row, before), account_type))


def _system(found: Enriched, wanted: Enriched, *, by_client: bool) -> dict[str, Any]:
    """The system's side of a transaction by itself: what was found, as the client's rules have it."""
    system: dict[str, Any] = {
        "by": BY_CLIENT if by_client else found.by.value,
        "category_guid": wanted.category_guid,
        "description": wanted.description,
        "evidence": f"client rule {found.description}" if by_client else found.evidence,
        "flags": int(found.flags),
        "merchant_guid": found.merchant_guid,
        "version": VERSION,
    }
    if found.merchant_guid is not None and found.place is not None:
        system["merchant_location_guid"] = merchant_locations.guid_of(found.merchant_guid, found.place)
        system["place"] = found.place._asdict()
    return system


@lru_cache(4096)
def _system_text(found: Enriched, wanted: Enriched, *, by_client: bool) -> str:
    """The same as it is kept: of the many visits to one shop it is one text."""
    return to_json(_system(found, wanted, by_client=by_client))


def with_twin(system: dict[str, Any], twin: str) -> dict[str, Any]:
    """The system's side of one side of a transfer. What says little of itself is a transfer by its other side.

    What stays with its person is no expense and no income; the payment of a loan is what it costs.
    """
    system = system | {"twin": twin}
    if system.get("by") in WEAK:
        system |= {"by": BY_TWIN, "category_guid": TRANSFER, "evidence": "the other side"}
    if top_level(system.get("category_guid", UNCATEGORIZED)).guid in _KEPT:
        system["flags"] = int(Flags(system.get("flags", 0)) & ~(Flags.EXPENSE | Flags.INCOME))
    return system


def note_places(unit: Unit, rows: Iterable[Row], *, now: int) -> None:
    """Keep the places that rows were found to be at, so that their guids can be read."""
    places: dict[str, tuple[str, Place]] = {}
    for row in rows:
        if _AT_A_PLACE in row.system:
            system = row.facts_of_system()
            places[system["merchant_location_guid"]] = (system["merchant_guid"], Place(**system["place"]))
    merchant_locations.note_all(unit, places, now=now)


def was_pending(row: Row, before: Row) -> Row:
    """A posted row that remembers what it was while it was pending."""
    pending = {"amount": before.amount, "provider_id": before.provider_id, **_words_of(before)}
    return msgspec.structs.replace(row, system=to_json(row.facts_of_system() | {"pending": pending}))


def _words_of(row: Row) -> dict[str, Any]:
    feed = row.facts_of_feed()
    return {name: feed.get(name) for name in ("date", "description")}


def settle_again(unit: Unit, user_id: int, rows: Sequence[Row], says: Says) -> list[Row]:
    """Rows as they are to be written now: with what their user has said since, and with the rules of this moment.

    `rows` were settled with `says`, against what was kept then; only those that changed meanwhile are settled anew.
    """
    fresh, known = Says.of(unit, user_id), [row.id for row in rows if row.id]
    kept = {row.id: row for row in transactions.by_keys(unit, user_id, known)} if known else {}
    if fresh.client != says.client:
        kinds = {each.id: each.facts["account_type"].value for each in accounts.list_all(unit, user_id)}
        rows = [fresh.enriched(row, kinds.get(row.account_id)) for row in rows]
    if not fresh.is_same(says):
        return [fresh.settled(_as_kept(row, kept.get(row.id))) for row in rows]
    return [row if _is_unmoved(row, kept) else fresh.settled(_as_kept(row, kept[row.id])) for row in rows]


def write(unit: Unit, user_id: int, rows: Sequence[Row], *, now: int) -> None:
    """Keep rows that were told, new ones and known ones: with their places, and their parts in line with them."""
    known = [row for row in rows if row.id]
    split = {row.id: row for row in known if row.has_been_split}
    before = transactions.by_keys(unit, user_id, split) if split else []
    transactions.add_all(unit, (row for row in rows if not row.id))
    transactions.update_all(unit, known)
    note_places(unit, rows, now=now)
    if before:
        pairs = [(row, split[row.id]) for row in before]
        split_parts.follow(unit, pairs, Says.of(unit, user_id).settled, now=now)


def _is_unmoved(row: Row, kept: Mapping[int, Row]) -> bool:
    return row.id not in kept or kept[row.id].revision == row.revision


def _as_kept(row: Row, kept: Row | None) -> Row:
    """The row with what its user made of it meanwhile."""
    if kept is not None:
        own = {"edits": kept.edits, "has_been_split": kept.has_been_split, "revision": kept.revision}
        row = msgspec.structs.replace(row, **own)
    return transactions.following(row, kept)


def _seen(row: Row, feed: dict[str, Any], account_type: int | None) -> Seen:
    return Seen(
        description=feed.get("description") or row.description,
        memo=feed.get("memo"),
        is_credit=row.transaction_type == Type.CREDIT,
        amount=row.amount,
        mcc=feed.get("merchant_category_code"),
        check_number=feed.get("check_number_string"),
        extended_type=feed.get("extended_transaction_type"),
        account_type=account_type,
    )
