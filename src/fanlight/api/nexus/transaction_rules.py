"""Transaction rules on the Nexus wire."""

from functools import partial
from typing import Any

import msgspec

from fanlight.api import fields
from fanlight.api.nexus.categories import category_guid
from fanlight.api.nexus.kit import PAGE, Call, Route, shown
from fanlight.base.errors import MissingParams
from fanlight.base.paging import Paged
from fanlight.core import transaction_rules

LONGEST = 1024


class TransactionRule(msgspec.Struct):
    category_guid: str
    created_at: str
    description: str
    guid: str
    match_description: str
    updated_at: str
    user_guid: str


class RuleBody(msgspec.Struct, kw_only=True):
    category_guid: str | None = None
    description: str | None = None
    match_description: str | None = None


def list_all(call: Call) -> Paged[msgspec.Struct]:
    rows, page = transaction_rules.list_all(call.unit, call.user_id), call.page
    return Paged([_wire(call, row) for row in rows[page.offset :][: page.size]], page, len(rows))


def read(call: Call) -> msgspec.Struct:
    return _wire(call, _named(call))


def create(call: Call) -> msgspec.Struct:
    said = _said(call)
    missing = [name for name in ("category_guid", "description", "match_description") if name not in said]
    if missing:
        raise MissingParams(*missing)
    return _wire(call, transaction_rules.create(call.unit, call.user_id, **said, now=call.now))


def update(call: Call) -> msgspec.Struct:
    rule, said = _named(call), _said(call)
    if not said:
        raise MissingParams("category_guid, description or match_description")
    return _wire(call, transaction_rules.change(call.unit, rule, **said, now=call.now))


def delete(call: Call) -> dict[str, Any]:
    transaction_rules.remove(call.unit, _named(call), now=call.now)
    return {}


def _named(call: Call) -> transaction_rules.Row:
    return transaction_rules.read(call.unit, call.user_id, call.params["transaction_rule_guid"])


def _said(call: Call) -> dict[str, str]:
    """What was sent. Raises Malformed naming a text that cannot be used, Unprocessable for a foreign category."""
    readers = _TEXTS | {"category_guid": partial(category_guid, call)}
    said = fields.sent(call.body("transaction_rule", RuleBody), readers)
    return {name: value for name, value in said.items() if value is not None}


def _wire(call: Call, row: transaction_rules.Row) -> msgspec.Struct:
    return shown(TransactionRule, row, user_guid=call.session.user_guid)


_TEXTS: dict[str, fields.Reader] = dict.fromkeys(
    ("match_description", "description"), partial(fields.text, longest=LONGEST)
)

_RULE = "/transaction_rules/{transaction_rule_guid}"
_TAKES: dict[str, Any] = {"takes": RuleBody, "body_root": "transaction_rule", "root_optional": True}
ROUTES = (
    Route(
        "transaction rules", "GET", "/transaction_rules", list_all, "List transaction rules", "transaction_rules",
        TransactionRule, many=True, paged=True, query=PAGE, errors=(401,), note="The oldest first.",
    ),
    Route(
        "transaction rules", "GET", _RULE, read, "Read a transaction rule", "transaction_rule", TransactionRule,
    ),
    Route(
        "transaction rules", "POST", "/transaction_rules", create, "Create a transaction rule", "transaction_rule",
        TransactionRule, **_TAKES, errors=(400, 401, 422), long=True,
        note="Whole descriptions are compared, without regard to case. A rule for the same text is changed instead.",
    ),
    Route(
        "transaction rules", "PUT", _RULE, update, "Update a transaction rule", "transaction_rule", TransactionRule,
        **_TAKES, errors=(400, 401, 404, 422), long=True, note="422 when another rule looks for the same text.",
    ),
    Route(
        "transaction rules", "DELETE", _RULE, delete, "Delete a transaction rule", long=True,
        note="What it changed gets back the values that it would have without it.",
    ),
)  # fmt: skip
