"""The people of a benchmark: users with OAuth members and live sessions, made with the server's own functions."""

import json
import secrets
import time
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import msgspec

from fanlight import admin
from fanlight.core import clients, members, sessions, users
from fanlight.core.connection_status import Status
from fanlight.core.institutions import Institution
from fanlight.core.members import NewMember
from fanlight.core.users import Profile, User
from fanlight.institutions.registry import EntryFile, parse_entry
from fanlight.settings import Settings, load
from fanlight.storage import vault
from fanlight.storage.unit import Unit

BANK_CODE = "mx_bank_oauth"
DAY = 86_400
_NOBODY = Profile()


class Seat(NamedTuple):
    """Who asks: a session's token, and a member of its user."""

    token: str
    member: str


class Crowd(NamedTuple):
    """How many, and at which bank."""

    users: int
    members_each: int
    bank_url: str
    bank_secret: str


def settings_at(place: Path, durability: str = "normal") -> Settings:
    """Settings of a server in a folder, as of production but for the bank on loopback; the access log is off."""
    return load(
        {
            "data_dir": str(place),
            "durability": durability,
            "log_level": "warning",
            "allow_private_institutions": True,
        },
        {},
    ).settings


def settle(place: Path, crowd: Crowd) -> list[Seat]:
    """Make a database with a crowd in it."""
    settings = settings_at(place)
    place.mkdir(parents=True, exist_ok=True)
    vault.write_key_file(settings.key_path)
    sealing = admin.open_vault(settings)
    now = int(time.time())

    def work(unit: Unit) -> list[Seat]:
        institution = admin.put_institution(unit, sealing, _entry(crowd), now=now)
        client, _ = clients.create(unit, "bench", now=now)
        return [
            seat
            for number in range(crowd.users)
            for seat in _seats(
                unit, users.create(unit, client.id, f"user-{number}", _NOBODY, now=now), institution, crowd
            )
        ]

    return admin.run(settings, work)


def _seats(unit: Unit, user: User, institution: Institution, crowd: Crowd) -> list[Seat]:
    now = user.created_at
    session, token = sessions.start(unit, user, now=now, lifetime=DAY)
    new, end = NewMember(is_oauth=True), now + DAY
    made = [
        members.create(unit, session, institution, new, Status.PENDING, now=now, expires_at=end)
        for _ in range(crowd.members_each)
    ]
    return [Seat(token, member.guid) for member in made]


def _entry(crowd: Crowd) -> EntryFile:
    text = files("fanlight.institutions.catalogue").joinpath(f"{BANK_CODE}.toml").read_text(encoding="utf-8")
    entry = parse_entry(text.replace("{bank}", crowd.bank_url))
    return msgspec.structs.replace(entry, client_secret=crowd.bank_secret)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def save(seats: list[Seat], file: Path) -> Path:
    """Leave the seats where another process reads them."""
    file.write_text(json.dumps(seats))
    return file


def read(file: Path) -> list[Seat]:
    return [Seat(*seat) for seat in json.loads(file.read_text())]
