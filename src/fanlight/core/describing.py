"""Describing: what enrichment and the client's rules make of a description that is not kept."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from fanlight.core.enriching import Says
from fanlight.core.transactions import Type
from fanlight.enrichment.pipeline import Enriched, Seen, enrich
from fanlight.storage.unit import Unit

Described: TypeAlias = Enriched


class Told(NamedTuple):
    """What a client tells of a movement; the amount itself says nothing of its category."""

    description: str
    memo: str | None
    transaction_type: Type
    merchant_category_code: int | None


def describe(unit: Unit, user_id: int, told: Iterable[Told]) -> list[Described]:
    """Each as it would be shown if it were kept; the user's own rules are left out."""
    says = Says.of(unit, user_id)
    return [says.as_client_wants(enrich(_seen(each))) for each in told]


def _seen(told: Told) -> Seen:
    is_credit = told.transaction_type is Type.CREDIT
    return Seen(told.description, told.memo, is_credit=is_credit, mcc=told.merchant_category_code)
