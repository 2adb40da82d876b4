"""Taggings on the Nexus wire, which only reads them; a partner makes them over the control face."""

import msgspec

from fanlight.api.nexus.kit import PAGE, Call, Route, shown
from fanlight.base.paging import Paged
from fanlight.core import taggings


class Tagging(msgspec.Struct):
    guid: str
    member_is_managed_by_user: bool
    tag_guid: str
    transaction_guid: str
    user_guid: str


def list_all(call: Call) -> Paged[msgspec.Struct]:
    found = taggings.page(call.unit, call.user_id, call.page)
    return Paged([_wire(call, each) for each in found.items], found.page, found.total)


def _wire(call: Call, tagging: taggings.Tagging) -> msgspec.Struct:
    return shown(Tagging, tagging, user_guid=call.session.user_guid)


ROUTES = (
    Route(
        "taggings", "GET", "/taggings", list_all, "List taggings", "taggings", Tagging, many=True, paged=True,
        query=PAGE, errors=(401,), reads=True,
        note="The oldest first. Taggings are made over the control face (docs/guide/control.md).",
    ),
)  # fmt: skip
