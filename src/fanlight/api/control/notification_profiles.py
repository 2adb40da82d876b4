"""Notification profiles of a client's user: what they want to hear of, over which channels, and from which amount on.

They have no page of their own on the Nexus wire.
"""

from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.control.kit import OF_USER, Call, Route
from fanlight.base.errors import Malformed, MissingParams, NotFound, Unprocessable
from fanlight.core import accounts
from fanlight.planning.notifications import profiles
from fanlight.planning.notifications.kinds import CHANNELS, MADE, Channel, Kind
from fanlight.planning.notifications.profiles import HIGHEST_THRESHOLD, OF_ALL, Profile

_KINDS = {int(each): each.name for each in MADE}


class ProfileBody(msgspec.Struct, kw_only=True):
    account_guid: Any = None
    channels: Any = msgspec.UNSET
    is_enabled: Any = msgspec.UNSET
    notification_type: Any = None
    threshold: Any = msgspec.UNSET


def list_all(call: Call) -> list[dict[str, Any]]:
    return [_wire(each) for each in profiles.read(call.unit, call.user.id).list_all()]


def change(call: Call) -> dict[str, Any]:
    body = call.body("notification_profile", ProfileBody)
    if body.notification_type is None:
        raise MissingParams("notification_type")
    kind = Kind(fields.choice(body.notification_type, "notification_type", _KINDS))
    said = fields.sent(body, _READERS)
    if not said:
        raise MissingParams("channels, threshold or is_enabled")
    account_guid = OF_ALL if body.account_guid is None else _account_guid(call, body.account_guid)
    return _wire(profiles.change(call.unit, call.user.id, kind, account_guid, said, now=call.now))


def _account_guid(call: Call, value: Any) -> str:
    try:
        return accounts.read(call.unit, call.user.id, fields.guid(value, "account_guid")).guid
    except NotFound:
        raise Unprocessable("account_guid names no account of this user.") from None


def _channels(value: Any, name: str) -> list[Channel]:
    if not isinstance(value, list) or len(value) > len(CHANNELS):
        raise Malformed(f"{name} must be a list of at most {len(CHANNELS)} channels.")
    return [Channel(fields.choice(each, name, CHANNELS)) for each in value]


def _threshold(value: Any, name: str) -> int:
    return fields.whole(value, name, least=0, most=HIGHEST_THRESHOLD)


def _wire(profile: Profile) -> dict[str, Any]:
    return {
        "notification_type": int(profile.kind),
        "notification_type_name": profile.kind.name,
        "account_guid": profile.account_guid or None,
        "channels": [each.name for each in profile.channels],
        "threshold": profile.threshold,
        "is_enabled": profile.is_enabled,
    }


_READERS: dict[str, fields.Reader] = {"channels": _channels, "is_enabled": fields.flag, "threshold": _threshold}
_PATH = f"{OF_USER}/notification_profiles"
ROUTES = (
    Route("GET", _PATH, list_all, "List what a user wants to hear of and how", "notification_profiles", reads=True),
    Route(
        "PUT", _PATH, change, "Change it for a kind of notification, or for a kind and an account",
        "notification_profile",
    ),
)  # fmt: skip
