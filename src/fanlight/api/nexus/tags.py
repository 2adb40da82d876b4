"""Tags on the Nexus wire, which only reads them; a partner makes them over the control face."""

import msgspec

from fanlight.api.nexus.kit import PAGE, WHOLE, Call, Route, shown
from fanlight.base.paging import Paged
from fanlight.core import tags


class Tag(msgspec.Struct):
    guid: str
    name: str
    user_guid: str


def list_all(call: Call) -> list[msgspec.Struct] | Paged[msgspec.Struct]:
    user_guid = call.session.user_guid
    return call.paged(tags.list_all(call.unit, call.user_id), lambda tag: shown(Tag, tag, user_guid=user_guid))


ROUTES = (
    Route(
        "tags", "GET", "/tags", list_all, "List tags", "tags", Tag, many=True, may_page=True, query=PAGE,
        errors=(401,), note=f"The oldest first. {WHOLE} Tags are made over the control face (docs/guide/control.md).",
    ),
)  # fmt: skip
