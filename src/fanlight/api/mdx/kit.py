"""The kit of the MDX face: the body of a noun read and checked by a table, and shown again by the same table.

What is given is kept as a feed gives it, under the names that Nexus has; a field that was not sent stays as it is,
null takes it away.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec

from fanlight.api.codec import read_rooted
from fanlight.api.partner import Call
from fanlight.base.clock import date_of, start_of_day
from fanlight.base.errors import Malformed, MissingParams, NotFound, Unprocessable
from fanlight.core import accounts, partner_held, users

# Visible ASCII: an id stands in paths. What looks like a suffix of the path or is a step in one cannot be an id.
_ID = re.compile(r"(?!\.{1,2}$)(?!.*\.(?:json|xml)$)[\x21-\x7e]{1,255}")
YEARS = range(1900, 2201)
_YEARS_IN_SECONDS = msgspec.Meta(ge=-2_208_988_800, le=7_289_654_399)  # the same

Id = Annotated[str, msgspec.Meta(max_length=255)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Metadata = Annotated[str, msgspec.Meta(max_length=8192)]
Description = Annotated[str, msgspec.Meta(max_length=1024)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Seconds = Annotated[int, _YEARS_IN_SECONDS]


class Digits(NamedTuple):
    """A decimal's limits: digits in all, digits after the point, and whether it may be below zero."""

    total: int
    places: int
    signed: bool = True


BALANCE = Digits(14, 2)
RATE = Digits(10, 6)


class Moment(NamedTuple):
    """A date (`X_on`) or a time (`X_at`): one is given, and where that is not the one in `kept`, both are kept."""

    stem: str
    kept: str

    @property
    def other(self) -> str:
        return f"{self.stem}_{'on' if self.kept.endswith('_at') else 'at'}"


class Noun(NamedTuple):
    """A kind of thing: what stands under its root, by kinds of field.

    `names` are enumerations by id. `other` maps the remaining fields to their types; `feed_names` are the names in the
    feed where they differ.
    """

    root: str
    required: tuple[str, ...]
    decimals: Mapping[str, Digits]
    names: Mapping[str, Mapping[int, str]]
    moments: tuple[Moment, ...]
    other: Mapping[str, Any]
    feed_names: Mapping[str, str]

    def body(self, **aliases: Any) -> type[msgspec.Struct]:
        """The body's struct; `aliases` are fields beside those that are shown."""
        kinds: dict[str, Any] = dict.fromkeys(self.decimals, Decimal) | dict.fromkeys(self.names, str)
        for moment in self.moments:
            kinds |= {f"{moment.stem}_at": Seconds, f"{moment.stem}_on": date}
        return body_of(self.root, self.required, kinds | dict(self.other) | aliases)

    def given(self, call: Call, shape: type[msgspec.Struct], *, new: bool) -> dict[str, Any]:
        """What a body says, checked, under the names and in the form in which it is kept."""
        sent = read(call, self.root, shape, self.required if new else ())
        for name in sent.keys() & self.decimals.keys():
            sent[name] = _decimal(name, sent[name], self.decimals[name])
        for name in sent.keys() & self.names.keys():
            sent[name] = _id_of(name, sent[name], self.names[name])
        for moment in self.moments:
            _settle(moment, sent)
        return {self.feed_names.get(name, name): _plain(value) for name, value in sent.items()}

    def shown(self, feed: Mapping[str, Any]) -> dict[str, Any]:
        """Every field as its partner gave it; null where nothing is known."""
        values = {name: feed.get(self.feed_names.get(name, name)) for name in self.other}
        for name in self.decimals:
            text = feed.get(self.feed_names.get(name, name))
            values[name] = None if text is None else Decimal(text)
        for name, known in self.names.items():
            values[name] = known.get(feed.get(self.feed_names.get(name, name), -1))
        for moment in self.moments:
            given = moment.other if moment.other in feed else moment.kept
            values |= {moment.kept: None, moment.other: None, given: feed.get(given)}
        return values


def body_of(name: str, required: Iterable[str], kinds: Mapping[str, Any]) -> type[msgspec.Struct]:
    """A struct in which every field may be left out, and those that are not required may be null."""
    fields = [
        (field, kind | msgspec.UnsetType if field in required else kind | msgspec.UnsetType | None, msgspec.UNSET)
        for field, kind in kinds.items()
    ]
    return msgspec.defstruct(name.title(), fields, kw_only=True, module=__name__)


def read(call: Call, root: str, shape: type[msgspec.Struct], required: Iterable[str] = ()) -> dict[str, Any]:
    """The fields that a body holds. What is missing is 400, what has a wrong form 422 on this face."""
    document = call.document()
    try:
        body = read_rooted(document, root, shape)
    except MissingParams:
        raise
    except Malformed as error:
        raise Unprocessable(error.message) from error
    sent = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    missing = [name for name in required if name not in sent]
    if missing:
        raise MissingParams(*missing)
    return sent


def new_id(sent: dict[str, Any], forbidden_prefix: str | None = None) -> str:
    """The partner's own id for a new thing; raises Unprocessable for its form."""
    text: str = sent.pop("id")
    if not _ID.fullmatch(text):
        raise Unprocessable("id has 1 to 255 visible ASCII characters and does not end in .json or .xml")
    if forbidden_prefix is not None and text.startswith(forbidden_prefix):
        raise Unprocessable(f"id must not begin with {forbidden_prefix}")
    return text


def user_of(call: Call) -> users.User:
    return users.by_external_id(call.unit, call.client.id, call.params["user_id"])


def member_of(call: Call) -> partner_held.Held:
    return partner_held.read(call.unit, user_of(call).id, call.params["member_id"])


def account_of(call: Call) -> accounts.Account:
    member = member_of(call)
    account = accounts.by_provider_id(call.unit, member.user_id, member.id, call.params["account_id"])
    if account is None:
        raise NotFound("The member has no account with this id (the partner's own id, not the guid).")
    return account


def _decimal(name: str, value: Decimal | None, limits: Digits) -> str | None:
    """Its plain text; raises Unprocessable beyond the limits."""
    if value is None:
        return None
    fits = value.is_finite() and (limits.signed or value >= 0)
    # The size comes first: rounding an enormous number would write out all of its digits.
    if not fits or value.adjusted() >= limits.total - limits.places or round(value, limits.places) != value:
        kind = "a decimal" if limits.signed else "a decimal of zero or more"
        form = f"at most {limits.total} digits, {limits.places} of them after the point"
        raise Unprocessable(f"{name} must be {kind} with {form}")
    return format(round(value, limits.places).normalize() + 0, "f")


def _id_of(name: str, text: str | None, names: Mapping[int, str]) -> int | None:
    if text is None:
        return None
    found = next((key for key, known in names.items() if known == text), None)
    if found is None:
        raise Unprocessable(f"{name} must be one of {', '.join(names.values())}")
    return found


def _settle(moment: Moment, sent: dict[str, Any]) -> None:
    """Leave both forms of a moment in what was sent, or neither; raises Unprocessable when both were given."""
    if moment.kept not in sent and moment.other not in sent:
        return
    kept, other = sent.get(moment.kept), sent.get(moment.other)
    if kept is not None and other is not None:
        raise Unprocessable(f"Send {moment.kept} or {moment.other}, not both.")
    if any(isinstance(each, date) and each.year not in YEARS for each in (kept, other)):
        raise Unprocessable(f"{moment.stem}_on must be from {YEARS[0]} to {YEARS[-1]}.")
    if isinstance(other, date):
        kept = start_of_day(other)
    elif other is not None:
        kept = date_of(other)
    sent |= {moment.kept: kept, moment.other: other}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
