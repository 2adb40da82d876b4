"""What the placeholders of the contract's cases stand for, made over the wire when first asked for."""

from collections.abc import Callable
from typing import Any

from fanlight.core import clients
from support.world import Nexus, World

NOBODY = "00000000-0000-4000-8000-000000000000"
WELL_FORMED = "A" * 86


class Things:
    """One file's user with a connected member; names in `FRESH` are made anew for every case."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.nexus = world.user(name)
        self._kept: dict[str, str] = {
            "session": self.nexus.token,
            "user": name,
            "client": world.ready["client_id"],
            "key": world.ready["api_key"],
            "bank": world.institutions["mx_bank_oauth"],
            "mxcu": world.institutions["mxcu_oauth"],
            "mxbank": world.institutions["mxbank"],
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

    def unique(self, stem: str) -> str:
        self._made += 1
        return f"{stem}-{self.name}-{self._made}"

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


KEPT: dict[str, Callable[[Things], str]] = {
    "member": _member,
    "job": _job,
    "account": _account,
    "savings": _savings,
    "transaction": _transaction,
    "state": _state,
    "login": lambda things: str(things.credentials()[0]["guid"]),
    "password": lambda things: str(things.credentials()[1]["guid"]),
    "foreign": _foreign,
    "deleted": _deleted,
    "disabled_client": _disabled_client,
    "disabled_key": _disabled_key,
    "taken": lambda things: str(things.at_mxbank(external_guid=things.unique("taken"))["external_guid"]),
}
FRESH: dict[str, Callable[[Things], str]] = {
    "pending": lambda things: str(things.nexus.member()["guid"]),
    "impaired": lambda things: str(things.at_mxbank()["guid"]),
    "no_pfm": lambda things: str(things.at_mxbank(use_cases=["MONEY_MOVEMENT"])["guid"]),
    "new_id": lambda things: things.unique("new"),
    "new_user": _new_user,
    "disabled_user": _disabled_user,
    "api_token": lambda things: things.world.api_token(things.name),
    "used_api_token": _used_api_token,
}
