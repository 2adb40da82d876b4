"""The sandbox's directory: tens of thousands of invented institutions, made from a seed and loaded while it serves.

The simulated bank speaks OFX for every one of them. A larger directory of a seed begins with the smaller one, so that
a load that was cut short goes on where it ended.
"""

import asyncio
import re
import unicodedata
import uuid
from collections.abc import Iterator
from itertools import count as count_from
from itertools import islice
from random import Random
from typing import NamedTuple

import msgspec

from fanlight.bank.brands import ofx_brand
from fanlight.core import institutions
from fanlight.core.institutions import Credential, Entry
from fanlight.institutions.ofx.connector import OfxDetails
from fanlight.institutions.registry import Details, parse_details
from fanlight.runtime import Runtime
from fanlight.storage.unit import Unit

FAMILY = "sim-"
CHUNK = 100
"""How many are written in one unit: so long do other writers wait."""
MOST_POPULAR, RANKS = 60_000, 20_000
LONGEST_SLUG = 50
"""What fits a code of 60 characters beside the family and a number."""
_NAMESPACE = uuid.UUID("5b0e1c46-4f0e-5c43-9d5a-0b7a3f0c19d2")


class Style(NamedTuple):
    """How institutions of a country are called: places of two halves, and kinds that stand around a place."""

    country: str
    weight: int
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    sides: tuple[str, ...]
    kinds: tuple[str, ...]


_HEADS = (
    "Alver", "Ambel", "Brack", "Brim", "Cindel", "Corv", "Dorn", "Drav", "Elsk", "Ember", "Farl", "Fenn",
    "Gild", "Grav", "Hesk", "Ister", "Jorv", "Kelm", "Lorn", "Mard", "Neth", "Orrin", "Pell", "Quill",
    "Rusk", "Sorr", "Thrum", "Ulv", "Varn", "Wend", "Yarl", "Zell",
)  # fmt: skip
_TAILS = (
    "brook", "burrow", "combe", "croft", "cross", "dale", "den", "fen", "garth", "gate", "hollow", "holt",
    "mere", "moor", "point", "ridge", "shaw", "stead", "thorpe", "vale", "water", "wick",
)  # fmt: skip
_STYLES = (
    Style(
        "US", 84, _HEADS, _TAILS,
        ("", "", "", "", "North ", "South ", "East ", "West ", "Upper ", "Old ", "New ", "Port ", "Lake ", "Fort "),
        ("{} Savings Bank", "{} Community Bank", "{} State Bank", "{} Bank & Trust", "{} Trust Company")
        + ("First National Bank of {}", "Bank of {}", "Citizens Bank of {}", "Farmers & Merchants Bank of {}")
        + ("{} Federal Credit Union", "{} Credit Union", "{} Teachers Credit Union", "{} Workers' Credit Union")
        + ("{} Firefighters Credit Union", "{} Health Care Federal Credit Union", "{} People's Bank")
        + ("{} County Bank", "First State Bank of {}", "{} Home Savings", "{} Rail Employees Credit Union"),
    ),
    Style(
        "CA", 10, (*_HEADS[::2], "Valbé", "Rochè", "Lacré", "Montbrû", "Sorée", "Clairvê"),
        ("rac", "mont", "ville", "lac", "dale", "mere", "bourg", "rive"), ("", "", "Mont-", "Rivière-", "Grand "),
        ("{} Credit Union", "{} Savings & Credit Union", "{} Community Savings", "{} Trust")
        + ("Caisse populaire de {}", "Banque de {}"),
    ),
    Style(
        "MX", 6, ("Arí", "Brava", "Cuerá", "Doré", "Estrí", "Florá", "Guará", "Jaló", "Lumé", "Marí", "Noré", "Peña"),
        ("mar", "nal", "pan", "cuil", "tla", "rosa", "luz", "tepe", "zul", "billa"), ("", "", "San ", "Villa ", "Río "),
        ("Banco de {}", "Banco {}", "Caja Popular {}", "Cooperativa de Ahorro {}", "Financiera {}"),
    ),
)  # fmt: skip
_WEIGHTS = [style.weight for style in _STYLES]
_SUPPORTS: tuple[tuple[str, ...], ...] = (("verification", "history"),) * 3 + (("verification",), ("history",), ())
_FIELDS = (("LOGIN", 3, "Username"), ("PASSWORD", 1, "Password"))


class Invented(NamedTuple):
    """What chance decides of an institution."""

    country: str
    name: str
    aliases: list[str]
    popularity: int
    supports: tuple[str, ...]


class Listed(NamedTuple):
    """An institution of the directory with what it asks for at sign-in."""

    entry: Entry
    fields: tuple[Credential, ...]


async def load_directory(runtime: Runtime, bank_url: str, *, seed: int, count: int) -> int:
    """Bring the directory up to a count, in chunks between which requests go on; how many were added.

    Nothing is taken away or named anew: members may hang on it. A kept directory of another seed stays as it is.
    """
    now = runtime.clock()
    first = next(directory(seed, bank_url))
    have = await runtime.store.write_long(_settle, first.entry.code, bank_url, now)
    if have is None or have >= count:
        return 0
    wanted = islice(directory(seed, bank_url), have, count)
    added = 0
    while chunk := await asyncio.to_thread(_take, wanted):
        await runtime.store.write_long(_add, chunk, now)
        added += len(chunk)
    return added


def directory(seed: int, bank_url: str) -> Iterator[Listed]:
    """Every institution of a seed, without an end; the bank at this URL speaks for them."""
    random = Random(seed)  # noqa: S311 - the same for the same seed is what is wanted
    taken: set[str] = set()
    for number in count_from(1):
        invented = _invent(random)
        slug = _slug(invented.name)
        if slug in taken:
            slug = f"{slug}-{number}"
        taken.add(slug)
        yield _listed(invented, slug, seed, bank_url)


def _invent(random: Random) -> Invented:
    style = random.choices(_STYLES, _WEIGHTS)[0]
    name, former = _name(random, style), _name(random, style)
    aliases = [_initials(name)] if random.random() < 0.2 else []
    aliases += [former] if random.random() < 0.1 else []
    # Zipf's law at a random rank: a few that everybody knows, and many that few do.
    popularity = int(MOST_POPULAR / (1 + random.random() * RANKS))
    return Invented(style.country, name, aliases, popularity, random.choice(_SUPPORTS))


def _name(random: Random, style: Style) -> str:
    place = random.choice(style.sides) + random.choice(style.heads) + random.choice(style.tails)
    return random.choice(style.kinds).format(place)


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.replace("-", " ").split() if word[0].isalpha() and word[0].isupper())


def _slug(name: str) -> str:
    apart = unicodedata.normalize("NFD", name.lower().replace("&", "and").replace("'", "").replace(".", ""))
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", apart))[:LONGEST_SLUG].strip("-")


def _listed(invented: Invented, slug: str, seed: int, bank_url: str) -> Listed:
    """The one place that says how a listed institution is spoken to: OFX, at the bank's endpoint of its code."""
    code = FAMILY + slug
    site = f"https://{slug.replace('-', '')}.example"
    routing_number = _routing_number(code)
    ofx = OfxDetails(url=f"{bank_url}/{code}/ofx", org=invented.name, fid=routing_number[:5], bank_id=routing_number)
    details = Details(protocol="ofx", allow_private=True, ofx=ofx)
    entry = Entry(
        guid=_guid("INS", seed, code),
        code=code,
        name=invented.name,
        aliases="\n".join(invented.aliases) or None,
        url=site,
        routing_number=routing_number if invented.country == "US" else None,
        country=invented.country,
        forgot_password_url=f"{site}/forgot-password",
        forgot_username_url=f"{site}/forgot-username",
        trouble_signing_in_url=f"{site}/help",
        protocol="ofx",
        details=msgspec.json.encode(details).decode(),
        supports_account_verification="verification" in invented.supports,
        supports_transaction_history="history" in invented.supports,
        is_test=True,
        popularity=invented.popularity,
    )
    return Listed(entry, tuple(_field(seed, code, order) for order in range(len(_FIELDS))))


def _field(seed: int, code: str, order: int) -> Credential:
    name, kind, label = _FIELDS[order]
    guid = _guid("CRD", seed, f"{code}/{name}")
    return Credential(
        id=0, guid=guid, field_name=name, field_type=kind, label=label, display_order=order + 1,
        created_at=0, updated_at=0,
    )  # fmt: skip


def _routing_number(code: str) -> str:
    """The one that the bank shows on the institution's accounts."""
    brand = ofx_brand(code)
    assert brand is not None  # noqa: S101 - the bank has a brand for every code of the family
    return brand.routing_number


def _guid(prefix: str, seed: int, name: str) -> str:
    return f"{prefix}-{uuid.uuid5(_NAMESPACE, f'{seed}/{name}')}"


def _take(listed: Iterator[Listed]) -> list[Listed]:
    return list(islice(listed, CHUNK))


def _add(unit: Unit, chunk: list[Listed], now: int) -> None:
    for entry, fields in chunk:
        dated = [msgspec.structs.replace(field, created_at=now, updated_at=now) for field in fields]
        institutions.add(unit, entry, dated, now=now)


def _settle(unit: Unit, first_code: str, bank_url: str, now: int) -> int | None:
    """How many of this directory are there; None where another seed's is. All learn where the bank is now."""
    first = institutions.first_of_family(unit, FAMILY)
    if first is None:
        return 0
    ofx = parse_details(first.details).ofx
    assert ofx is not None  # noqa: S101 - made by _listed
    before = ofx.url.removesuffix(f"/{first.code}/ofx")
    if before != bank_url:
        institutions.move_family(unit, FAMILY, f"{before}/{FAMILY}", f"{bank_url}/{FAMILY}", now=now)
    return institutions.count_family(unit, FAMILY) if first.code == first_code else None
