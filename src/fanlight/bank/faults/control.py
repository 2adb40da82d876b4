"""`/control/faults`: set, list and clear faults over HTTP, from the machine that the bank runs on."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from fanlight.bank.answers import NO_STORE, Answer, json_response
from fanlight.bank.faults.catalogue import CATALOGUE
from fanlight.bank.faults.state import Faults, FaultSettingError, Setting, Standing
from fanlight.base.asgi import Request, Response
from fanlight.base.errors import MethodRefused, NotFound

ROOT = "/control/faults"
_MAX_BODY = 64 << 10


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a PUT: everything that is to be set."""

    faults: list[Setting]


def is_control(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")


async def control(faults: Faults, base_url: str, request: Request) -> Answer:
    """An answer of the control API; raises NotFound or MethodRefused."""
    if not _is_near(base_url, request):
        return _refused(403, "The bank is controlled from the machine that it runs on.")
    rest = request.path.removeprefix(ROOT).strip("/")
    if rest == "catalogue" and request.method == "GET":
        return json_response(200, {"faults": [_described(name) for name in CATALOGUE]})
    if request.method == "DELETE":
        if faults.clear(rest or None) == 0 and rest:
            raise NotFound("No such fault is set.")
        return Response(204, b"", [NO_STORE])
    if rest:
        raise NotFound("There is no such path.")
    if request.method == "GET":
        return _listed(faults.standing)
    if request.method not in ("PUT", "POST"):
        raise MethodRefused("This path takes GET, PUT, POST, DELETE.", ("GET", "PUT", "POST", "DELETE"))
    return await _set(faults, request)


async def _set(faults: Faults, request: Request) -> Answer:
    """`PUT` sets these and no others, `POST` one more."""
    # A page in a browser cannot send this type to another origin unasked.
    if (request.header(b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
        return _refused(415, "The body must be application/json.")
    body = await request.body(_MAX_BODY)
    try:
        if request.method == "PUT":
            return _listed(faults.replace(msgspec.json.decode(body, type=Wanted).faults))
        return _listed(faults.add([msgspec.json.decode(body, type=Setting)]), 201)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _refused(400, str(error))
    except FaultSettingError as error:
        return _refused(400, str(error))


def _listed(standing: list[Standing], status: int = 200) -> Answer:
    return json_response(status, {"faults": [_shown(each) for each in standing]}, [NO_STORE])


def _shown(standing: Standing) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.to_builtins(standing.setting)
    return {"id": standing.id, **settings, "played": standing.played, "is_over": standing.is_over}


def _described(name: str) -> dict[str, Any]:
    fault = CATALOGUE[name]
    told: dict[str, Any] = {"name": fault.name, "steps": list(fault.steps), "effect": fault.effect}
    return told | ({"value": fault.value, "unit": fault.unit} if fault.unit else {})


def _refused(status: int, message: str) -> Response:
    return json_response(status, {"error": message})


def _is_near(base_url: str, request: Request) -> bool:
    """Whether it comes from loopback and names the bank: a page that has another name resolve to it does not."""
    host = request.header(b"host") or ""
    try:
        return ipaddress.ip_address(request.peer or "").is_loopback and host == urlsplit(base_url).netloc
    except ValueError:
        return False
