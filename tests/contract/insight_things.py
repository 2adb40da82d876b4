"""Insights that speak of something of every kind: things of the contract's cases and of other tests."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from contract.account_things import manual, movement
from contract.money_things import category
from fanlight.base.guids import new_guid
from fanlight.core import clients, users
from fanlight.enrichment import merchants
from fanlight.planning.insights import evaluate, store
from fanlight.storage.unit import Unit
from support.world import Nexus, World

if TYPE_CHECKING:
    from contract.things import Things

ACTIVE = evaluate.ACTIVE_DAYS * 86_400


def insight(world: World, user: str, links: Mapping[str, tuple[str, ...]], *, age: int = 0) -> str:
    """An insight that the user was told so many seconds ago; its guid."""
    now, guid = world.clock() - age, new_guid("BET")

    def work(unit: Unit) -> None:
        client = clients.by_name(unit, world.ready["client_id"])
        owner = users.by_external_id(unit, client.id, user)
        row = store.Row(
            user_id=owner.id,
            guid=guid,
            template="LargeTransactions",
            digest=evaluate.digest_of("LargeTransactions", guid),
            about=guid,
            title="Large payment: $900.00",
            description="$900.00 went to Chairs & Co from Jar on July 30.",
            micro_title="Large transaction",
            micro_description="$900.00 went to Chairs & Co.",
            micro_call_to_action=None,
            primary_account_guid=next(iter(links.get(store.ACCOUNT, ())), None),
            primary_transaction_guid=next(iter(links.get(store.TRANSACTION, ())), None),
            is_relevant=True,
            has_been_displayed=False,
            is_dismissed=False,
            active_at=now,
            expires_at=now + ACTIVE,
            displayed_at=None,
            cta_clicked_at=None,
            created_at=now,
            updated_at=now,
        )
        store.add(unit, row, links)

    world.unit(work)
    return guid


def payment(nexus: Nexus, merchant: str) -> str:
    """A scheduled payment to a merchant."""
    body = {
        "amount": 80,
        "description": "City Power",
        "is_recurring": False,
        "merchant_guid": merchant,
        "occurs_on": "2026-08-20",
        "transaction_type": 2,
    }
    return str(nexus.ok("POST", "/scheduled_payments", {"scheduled_payment": body})["scheduled_payment"]["guid"])


def _of_everything(things: "Things") -> dict[str, tuple[str, ...]]:
    return {
        store.ACCOUNT: (things.get("told_account"),),
        store.CATEGORY: (category("Groceries"),),
        store.MERCHANT: (things.get("told_merchant"),),
        store.SCHEDULED_PAYMENT: (things.get("told_payment"),),
        store.TRANSACTION: (things.get("told_transaction"),),
    }


def _new(things: "Things") -> str:
    return insight(things.world, things.name, _of_everything(things))


def _bare(things: "Things") -> str:
    return insight(things.world, things.name, {})


def _old(things: "Things") -> str:
    return insight(things.world, things.name, {}, age=ACTIVE)


def _foreign(things: "Things") -> str:
    name = things.unique("other")
    things.world.user(name)
    return insight(things.world, name, {})


KEPT: dict[str, Callable[["Things"], str]] = {
    "told_account": lambda things: str(manual(things.nexus)["guid"]),
    "told_transaction": lambda things: movement(things.nexus, things.get("told_account"), 900, "2026-07-30"),
    "told_merchant": lambda _: merchants.catalogue()[0].guid,
    "told_payment": lambda things: payment(things.nexus, things.get("told_merchant")),
    "foreign_insight": _foreign,
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "insight": _new,
    "bare_insight": _bare,
    "old_insight": _old,
}
