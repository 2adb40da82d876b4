"""`fanlight institution check`: try a configured institution step by step, and say in plain words what is wrong."""

import asyncio
import sys

import click

from fanlight import admin
from fanlight.base.clock import system_clock
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import institutions
from fanlight.institutions.http import Http
from fanlight.institutions.registry import parse_details
from fanlight.oauth import checking
from fanlight.oauth.authorize import CALLBACK_PATH
from fanlight.oauth.checking import Checks, Step, Subject
from fanlight.oauth.reach import open_secrets
from fanlight.settings import Settings

_MARKS = {"good": "ok", "noted": "note", "bad": "WRONG", "skipped": "-"}


@click.command("check")
@click.argument("code")
@data_option
@json_option
@clear_failures
def check(code: str, data_dir: str | None, *, as_json: bool) -> None:
    """Try an institution step by step: entry, addresses, TLS, discovery, keys, client authentication, data, clock.

    Nothing is changed, and no person is needed. The exit status is 1 when a step is wrong.
    """
    settings = settings_from(data_dir=data_dir).settings
    steps = asyncio.run(_steps(settings, _subject(settings, code)))
    is_good = checking.is_good(steps)
    result = {"code": code, "is_good": is_good, "steps": [step._asdict() for step in steps]}
    show(result, as_json=as_json, text="\n".join(_line(step) for step in steps))
    if not is_good:
        sys.exit(1)


def _subject(settings: Settings, code: str) -> Subject:
    """The institution with its secrets open. Raises NotFound, VaultError, Said."""
    vault = admin.open_vault(settings)
    institution = admin.look(settings, lambda unit: institutions.by_code(unit, code))
    details = parse_details(institution.details)
    own = f"/{code}" if details.oauth is not None and details.oauth.redirect_uri == "own" else ""
    public = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return Subject(code, details, open_secrets(vault, institution), public + CALLBACK_PATH + own)


async def _steps(settings: Settings, subject: Subject) -> list[Step]:
    http = Http(
        timeout=settings.institution_timeout,
        max_bytes=settings.institution_max_bytes,
        allow_private=settings.allow_private_institutions,
    )
    try:
        return await Checks(http, subject, system_clock).run()
    finally:
        await http.close()


def _line(step: Step) -> str:
    advice = f"\n{'':7}{step.advice}" if step.advice else ""
    return f"{_MARKS[step.state]:<7}{step.name}: {step.found}{advice}"
