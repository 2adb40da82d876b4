"""What placeholders stand for where a member has a login: asked something, verified, throttled, of another client.

Making a member that is asked something keeps `asked_job`, `question`, `question_2`, `choice` and `choice_label` of it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from fanlight.base.guids import new_guid
from fanlight.core import clients, institutions, sessions, users
from fanlight.core.institutions import Entry, Institution
from fanlight.core.users import Profile
from fanlight.storage.unit import Unit
from support import logins
from support.world import Nexus, World

if TYPE_CHECKING:
    from contract.things import Things

PRODUCTS = ("supports_account_verification", "supports_account_identification", "supports_transaction_history")


def other_client(world: World, name: str, **features: bool) -> Nexus:
    """A user of a client of its own, with some features switched."""

    def make(unit: Unit) -> str:
        now = world.clock()
        client, _ = clients.create(unit, name, now=now)
        for feature, on in features.items():
            clients.switch(unit, name, feature, on=on)
        user = users.create(unit, client.id, "theirs", Profile(), now=now)
        return sessions.start(unit, user, now=now, lifetime=1800)[1]

    return Nexus(world, world.unit(make))


def invented(world: World, code: str, *products: str, is_test: bool = True) -> Institution:
    """An invented institution at the simulated bank, which can do these jobs beside aggregation."""

    def put(unit: Unit) -> Institution:
        known = institutions.by_code(unit, "mxbank")
        fields = {name: getattr(known, name) for name in Entry.__struct_fields__}
        fields |= {"guid": new_guid("INS"), "code": code, "name": code, "is_test": is_test}
        fields |= {"details": known.details.replace("/mxbank/ofx", f"/{code}/ofx")}
        fields |= {name: name in products for name in PRODUCTS}
        made = institutions.put(unit, Entry(**fields), now=world.clock())
        for field in institutions.credentials(unit, known.id):
            institutions.add_credential(unit, made.id, msgspec.structs.replace(field, guid=new_guid("CRD")))
        return made

    made: Institution = world.unit(put)
    return made


def at_invented(things: "Things", *products: str, password: str = "x", is_test: bool = True, **fields: Any) -> str:
    """A member at an invented institution, once it rests; nobody else finds the institution."""
    nexus, world = things.nexus, things.world
    there = invented(world, things.unique("sim").replace("_", "-"), *products, is_test=is_test)
    asked_for = nexus.ok("GET", f"/institutions/{there.guid}/credentials")["credentials"]
    given = [{"guid": field["guid"], "value": value} for field, value in zip(asked_for, ("u", password), strict=True)]
    body = {"institution_guid": there.guid, "credentials": given} | fields
    guid = nexus.ok("POST", "/members", {"member": body})["member"]["guid"]
    world.unit(institutions.set_hidden, there, is_hidden=True, now=world.clock())
    return str(logins.rested(nexus, guid)["guid"])


def asked(things: "Things", password: str = "challenge", what: str = "aggregate") -> str:
    """A member whose job waits for an answer."""
    guid = logins.sign_in(things.nexus, password, things.unique("login"), skip_aggregation=True)["guid"]
    _keep_questions(things, logins.again(things.nexus, guid, what))
    return str(guid)


def _keep_questions(things: "Things", member: dict[str, Any]) -> None:
    assert member["connection_status"] == "CHALLENGED"
    things.keep("asked_job", member["most_recent_job_guid"])
    for name, challenge in zip(("question", "question_2"), logins.asked(things.nexus, member["guid"]), strict=False):
        things.keep(name, challenge["guid"])
        for option in challenge["options"] or challenge["image_options"] or []:
            things.keep("choice", option["guid"])
            things.keep("choice_label", option["label"])


def _asking(password: str, what: str = "aggregate") -> Callable[["Things"], str]:
    return lambda things: asked(things, password, what)


def _answered(things: "Things") -> str:
    """A member whose answer is kept, and nothing has gone on yet."""
    guid = asked(things)
    answer = {"credential_guid": things.get("question"), "value": "correct"}
    things.nexus.ok("POST", f"/members/{guid}/credentials", {"member": answer})
    return guid


def _verified(things: "Things") -> str:
    guid = logins.signed_in(things.nexus, username=things.unique("verified"))["guid"]
    return str(logins.again(things.nexus, guid, "verify")["guid"])


def _verified_account(things: "Things") -> str:
    numbers = things.nexus.ok("GET", f"/members/{things.get('verified')}/account_numbers")["account_numbers"]
    return str(numbers[0]["account_guid"])


def _identified(nexus: Nexus) -> str:
    return str(logins.again(nexus, nexus.connect("ada")["guid"], "identify")["guid"])


def _throttled(things: "Things") -> str:
    """A member at an institution that is no test, aggregated and its balances checked a moment ago."""
    guid = at_invented(things, is_test=False)
    return str(logins.again(things.nexus, guid, "check_balance")["guid"])


def _asked_where_owners_are_told(things: "Things", what: str) -> str:
    """A member whose job waits, at an institution that knows identification, and asks first."""
    guid = at_invented(things, "supports_account_identification", password="challenge", skip_aggregation=True)
    _keep_questions(things, logins.again(things.nexus, guid, what))
    return guid


def _restricted_session(things: "Things") -> str:
    """A session of a client without the products that an operator can switch off."""
    name = things.unique("restricted")
    nexus = other_client(things.world, name, verification=False, identification=False, history=False)
    things.keep("restricted_member", logins.sign_in(nexus, skip_aggregation=True)["guid"])
    return nexus.token


def _restricted_member(things: "Things") -> str:
    things.get("restricted_session")
    return things.get("restricted_member")


def _splitting_session(things: "Things") -> str:
    """A session of a client for which names of owners are split."""
    nexus = other_client(things.world, things.unique("splitting"), name_splitting=True)
    things.keep("splitting_member", _identified(nexus))
    return nexus.token


def _splitting_member(things: "Things") -> str:
    things.get("splitting_session")
    return things.get("splitting_member")


def _no_pfm_session(things: "Things") -> str:
    """A session of a user none of whose members may be aggregated."""
    nexus = things.world.user(things.unique("no-pfm"))
    logins.sign_in(nexus, use_cases=["MONEY_MOVEMENT"], skip_aggregation=True)
    return nexus.token


def _taken_login(things: "Things") -> str:
    login = things.unique("taken")
    logins.sign_in(things.nexus, username=login, skip_aggregation=True)
    return login


def _field(things: "Things", code: str, place: int) -> str:
    path = f"/institutions/{things.world.institutions[code]}/credentials"
    return str(things.nexus.ok("GET", path)["credentials"][place]["guid"])


KEPT: dict[str, Callable[["Things"], str]] = {
    "taken_login": _taken_login,
    "mxcu_login": lambda things: _field(things, "mxcu_credential", 0),
    "mxcu_password": lambda things: _field(things, "mxcu_credential", 1),
    "verified": _verified,
    "verified_account": _verified_account,
    "identified": lambda things: _identified(things.nexus),
    "throttled": _throttled,
    "unsupported": at_invented,
    "restricted_session": _restricted_session,
    "restricted_member": _restricted_member,
    "splitting_session": _splitting_session,
    "splitting_member": _splitting_member,
    "no_pfm_session": _no_pfm_session,
}
FRESH: dict[str, Callable[["Things"], str]] = {
    "connected": lambda things: str(things.nexus.connect(things.unique("ada"))["guid"]),
    "challenged": asked,
    "answered": _answered,
    "asked_options": _asking("options"),
    "asked_image": _asking("image"),
    "asked_images": _asking("image_options"),
    "asked_token": _asking("token"),
    "asked_twice": _asking("two_questions"),
    "verifying": _asking("challenge", "verify"),
    "identifying": lambda things: _asked_where_owners_are_told(things, "identify"),
    "aggregating": lambda things: _asked_where_owners_are_told(things, "aggregate"),
    "extending": _asking("challenge", "extend_history"),
    "checking": _asking("challenge", "check_balance"),
}
