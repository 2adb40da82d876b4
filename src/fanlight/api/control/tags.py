"""Tags and taggings of a client's user: made and taken away here, read on the Nexus wire too."""

from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.control.kit import OF_USER, Call, Route
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.core import taggings, tags


class TagBody(msgspec.Struct, kw_only=True):
    name: Any = None


class TaggingBody(msgspec.Struct, kw_only=True):
    tag_guid: str | None = None
    transaction_guid: str | None = None


def list_tags(call: Call) -> list[dict[str, Any]]:
    return [_tag(call, tag) for tag in tags.list_all(call.unit, call.user.id)]


def create_tag(call: Call) -> dict[str, Any]:
    (name,) = _given(call.body("tag", TagBody))
    name = fields.name(name, "name")
    return _tag(call, tags.create(call.unit, call.user.id, name, now=call.now))


def delete_tag(call: Call) -> dict[str, Any]:
    tags.remove(call.unit, tags.read(call.unit, call.user.id, call.params["tag_guid"]))
    return {}


def list_taggings(call: Call) -> Paged[dict[str, Any]]:
    found = taggings.page(call.unit, call.user.id, call.page)
    return Paged([_tagging(call, each) for each in found.items], found.page, found.total)


def create_tagging(call: Call) -> dict[str, Any]:
    tag_guid, transaction_guid = _given(call.body("tagging", TaggingBody))
    return _tagging(call, taggings.add(call.unit, call.user.id, tag_guid, transaction_guid, now=call.now))


def delete_tagging(call: Call) -> dict[str, Any]:
    taggings.remove(call.unit, call.user.id, call.params["tagging_guid"])
    return {}


def _given(body: msgspec.Struct) -> tuple[Any, ...]:
    """The values of all the body's fields; raises MissingParams naming those that are not there."""
    missing = [name for name in body.__struct_fields__ if getattr(body, name) is None]
    if missing:
        raise MissingParams(*missing)
    return msgspec.structs.astuple(body)


def _tag(call: Call, tag: tags.Row) -> dict[str, Any]:
    return {"guid": tag.guid, "name": tag.name, "user_guid": call.user.guid}


def _tagging(call: Call, tagging: taggings.Tagging) -> dict[str, Any]:
    return msgspec.structs.asdict(tagging) | {"user_guid": call.user.guid}


_TAGS, _TAGGINGS = f"{OF_USER}/tags", f"{OF_USER}/taggings"
ROUTES = (
    Route("GET", _TAGS, list_tags, "List a user's tags, the oldest first", "tags", reads=True),
    Route("POST", _TAGS, create_tag, "Create a tag", "tag"),
    Route("DELETE", f"{_TAGS}/{{tag_guid}}", delete_tag, "Delete a tag with its taggings"),
    Route("GET", _TAGGINGS, list_taggings, "List a user's taggings in pages, the oldest first", "taggings", reads=True),
    Route("POST", _TAGGINGS, create_tagging, "Tag a transaction; again is the same tagging", "tagging"),
    Route("DELETE", f"{_TAGGINGS}/{{tagging_guid}}", delete_tagging, "Take a tag off a transaction"),
)
