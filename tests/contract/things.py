"""What the placeholders of the contract's cases stand for, made over the wire when first asked for."""

from collections.abc import Callable
from typing import Any

from contract import (
    account_things,
    budget_things,
    connecting,
    control_things,
    holding_things,
    insight_things,
    money_things,
    notification_things,
    partner_things,
    scheduled_things,
)
from fanlight.core import clients, sessions, users
from support.world import Nexus, World

NOBODY = "00000000-0000-4000-8000-000000000000"
WELL_FORMED = "A" * 86


class Things:
    """One file's user with a connected member; names in `FRESH` are made anew for every case."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.nexus: Nexus = world.user(name)
        self._kept: dict[str, str] = {
            "session": self.nexus.token,
            "user": name,
            "client": world.ready["client_id"],
            "key": world.ready["api_key"],
            "bank": world.institutions["mx_bank_oauth"],
            "mxcu": world.institutions["mxcu_oauth"],
            "mxbank": world.institutions["mxbank"],
            "mxcu_credential": world.institutions["mxcu_credential"],
            "nobody": NOBODY,
            "well_formed": WELL_FORMED,
        }
        self._made = 0

    def knows(self, name: str) -> bool:
        return name in self._kept or name in KEPT or name in FRESH

    def get(self, name: str) -> str:
        if name in FRESH:
            return FRESH[name](self)
        if name not in self._kept:
            self._kept[name] = KEPT[name](self)
        return self._kept[name]

    def keep(self, name: str, value: str) -> None:
        """What a name stands for from now on."""
        self._kept[name] = value

    def unique(self, stem: str) -> str:
        self._made += 1
        return f"{stem}-{self.name}-{self._made}"

    def account_number(self) -> str:
        """A number that the simulated ACH network takes and nobody has used."""
        self._made += 1
        return f"3333{self._made:05}99"

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.nexus.ok("GET", f"/institutions/{self._kept['mxbank']}/credentials")[
            "credentials"
        ]
        return found

    def at_mxbank(self, **fields: Any) -> dict[str, Any]:
        """A member at the institution without OAuth, nothing started."""
        return at_mxbank(self.nexus, **fields)


def at_mxbank(nexus: Nexus, **fields: Any) -> dict[str, Any]:
    """A member at the institution without OAuth, nothing started."""
    body = {"institution_guid": nexus.world.institutions["mxbank"], "skip_aggregation": True, **fields}
    answer: dict[str, Any] = nexus.ok("POST", "/members", {"member": body})["member"]
    return answer


def _member(things: Things) -> str:
    connected = things.nexus.connect("ada")
    things._kept["job"] = connected["most_recent_job_guid"]
    return str(connected["guid"])


def _job(things: Things) -> str:
    things.get("member")
    return things.get("job")


def _account(things: Things) -> str:
    found = things.nexus.ok("GET", f"/members/{things.get('member')}/accounts")["accounts"]
    return str(next(account["guid"] for account in found if account["account_type_name"] == "CHECKING"))


def _savings(things: Things) -> str:
    found = things.nexus.ok("GET", f"/members/{things.get('member')}/accounts")["accounts"]
    return str(next(account["guid"] for account in found if account["account_type_name"] == "SAVINGS"))


def _transaction(things: Things) -> str:
    found = things.nexus.ok("GET", f"/accounts/{things.get('account')}/transactions")["transactions"]
    return str(found[0]["guid"])


def _state(things: Things) -> str:
    member = things.get("member")
    found = things.nexus.ok("GET", f"/oauth_states?outbound_member_guid={member}")["oauth_states"]
    return str(found[-1]["guid"])


def _waiting_state(things: Things) -> str:
    """The state of a window that nobody came back from."""
    member = things.nexus.member()["guid"]
    found = things.nexus.ok("GET", f"/oauth_states?outbound_member_guid={member}")["oauth_states"]
    return str(found[0]["guid"])


def _foreign(things: Things) -> str:
    return str(things.world.user(things.unique("other")).member()["guid"])


def _deleted(things: Things) -> str:
    guid = str(things.at_mxbank()["guid"])
    things.nexus.ok("DELETE", f"/members/{guid}")
    return guid


def _new_user(things: Things) -> str:
    name = things.unique("partner")
    things.world.user(name)
    return name


def _disabled_user(things: Things) -> str:
    name = _new_user(things)
    base = f"{things.world.ready['mdx']}/{things.get('client')}/users/{name}.json"
    headers = {"MD-API-KEY": things.get("key")}
    answer = things.world.http.put(base, json={"user": {"is_disabled": True}}, headers=headers)
    assert answer.status_code == 200, answer.text
    return name


def _used_api_token(things: Things) -> str:
    token = things.world.api_token(things.name)
    things.world.session(token)
    return token


def _disabled_client(things: Things) -> str:
    name = f"off-{things.name}"
    client, key = things.world.unit(clients.create, name, now=things.world.clock())
    things.world.unit(clients.disable, client.name, now=things.world.clock())
    things._kept["disabled_key"] = key
    return name


def _disabled_key(things: Things) -> str:
    things.get("disabled_client")
    return things.get("disabled_key")


def _api_token_of_disabled(things: Things) -> str:
    """Issued while its client was not disabled yet."""
    now, name = things.world.clock(), things.unique("soon-off")
    client, _ = things.world.unit(clients.create, name, now=now)
    user = things.world.unit(users.create, client.id, "someone", users.Profile(), now=now)
    token = things.world.unit(sessions.issue_api_token, user, now=now, lifetime=600)
    things.world.unit(clients.disable, name, now=now)
    return str(token)


def micro_deposit(nexus: Nexus, **fields: Any) -> dict[str, Any]:
    """A pre-initiated microdeposit; with an account when its number is given."""
    body = {"first_name": "Josh", "last_name": "James", "email": "josh@example.com"}
    if "account_number" in fields:
        body |= {"routing_number": "091000019", "account_type_name": "CHECKING"}
    answer: dict[str, Any] = nexus.ok("POST", "/micro_deposits", {"micro_deposit": body | fields})["micro_deposit"]
    return answer


MICRO_DEPOSITS_KEPT = 15


def _initiated(things: Things, nexus: Nexus | None = None, **fields: str) -> dict[str, Any]:
    """Made beside few others: a user has a limit of unfinished ones, and the oldest are of earlier cases."""
    known = {"account_number": things.account_number(), "email": _email(things)}
    nexus = nexus or things.nexus
    for old in nexus.ok("GET", "/micro_deposits")["micro_deposits"][:-MICRO_DEPOSITS_KEPT]:
        nexus.ok("DELETE", f"/micro_deposits/{old['guid']}")
    return micro_deposit(nexus, **known | fields)


def _email(things: Things) -> str:
    return f"{things.unique('person')}@example.com"


def _deposited(things: Things) -> str:
    """Older than it is: the world's clock stands still for the others."""
    guid = str(_initiated(things)["guid"])
    things.world.rows("UPDATE micro_deposits SET created_at = created_at - 120 WHERE guid = ?", guid)
    return guid


def _deleted_deposit(things: Things) -> str:
    guid = str(_initiated(things)["guid"])
    things.nexus.ok("DELETE", f"/micro_deposits/{guid}")
    return guid


def _busy_email(things: Things) -> str:
    email = _email(things)
    for _ in range(3):
        _initiated(things, email=email)
    return email


def _blocked_routing_number(things: Things) -> str:
    client = things.world.unit(clients.by_name, things.get("client"))
    things.world.unit(clients.register, client, clients.BLOCKED_ROUTING_NUMBER, "011000015")
    return "011000015"


def _session_without_microdeposits(things: Things) -> str:
    now, name = things.world.clock(), things.unique("without")
    client, _ = things.world.unit(clients.create, name, now=now)
    things.world.unit(clients.switch, name, "microdeposits", on=False)
    user = things.world.unit(users.create, client.id, "someone", users.Profile(), now=now)
    _, token = things.world.unit(sessions.start, user, now=now, lifetime=3600)
    return str(token)


KEPT: dict[str, Callable[[Things], str]] = (
    account_things.KEPT
    | budget_things.KEPT
    | connecting.KEPT
    | control_things.KEPT
    | holding_things.KEPT
    | insight_things.KEPT
    | money_things.KEPT
    | notification_things.KEPT
    | partner_things.KEPT
    | scheduled_things.KEPT
    | {
        "member": _member,
        "job": _job,
        "account": _account,
        "savings": _savings,
        "transaction": _transaction,
        "state": _state,
        "waiting_state": _waiting_state,
        "login": lambda things: str(things.credentials()[0]["guid"]),
        "password": lambda things: str(things.credentials()[1]["guid"]),
        "foreign": _foreign,
        "deleted": _deleted,
        "foreign_deposit": lambda things: str(_initiated(things, things.world.user(things.unique("other")))["guid"]),
        "deleted_deposit": _deleted_deposit,
        "account_under_way": lambda things: str(_initiated(things)["account_number"]),
        "busy_email": _busy_email,
        "blocked_routing_number": _blocked_routing_number,
        "session_without_microdeposits": _session_without_microdeposits,
        "disabled_client": _disabled_client,
        "disabled_key": _disabled_key,
        "taken": lambda things: str(things.at_mxbank(external_guid=things.unique("taken"))["external_guid"]),
    }
)
FRESH: dict[str, Callable[[Things], str]] = (
    account_things.FRESH
    | budget_things.FRESH
    | connecting.FRESH
    | control_things.FRESH
    | holding_things.FRESH
    | insight_things.FRESH
    | money_things.FRESH
    | notification_things.FRESH
    | partner_things.FRESH
    | scheduled_things.FRESH
    | {
        "pending": lambda things: str(things.nexus.member()["guid"]),
        "impaired": lambda things: str(things.at_mxbank()["guid"]),
        "no_pfm": lambda things: str(things.at_mxbank(use_cases=["MONEY_MOVEMENT"])["guid"]),
        "account_number": Things.account_number,
        "email": _email,
        "initiated": lambda things: str(_initiated(things)["guid"]),
        "deposited": _deposited,
        "preinitiated": lambda things: str(micro_deposit(things.nexus)["guid"]),
        "new_id": lambda things: things.unique("new"),
        "new_user": _new_user,
        "disabled_user": _disabled_user,
        "api_token": lambda things: things.world.api_token(things.name),
        "used_api_token": _used_api_token,
        "api_token_of_disabled": _api_token_of_disabled,
    }
)
