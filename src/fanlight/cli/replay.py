"""`fanlight replay MEMBER`: what the newest run would bring with the code of today, and with `--apply` brings."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import click
import msgspec

from fanlight import admin
from fanlight.aggregation import replay as replays
from fanlight.aggregation.differences import Difference, What
from fanlight.aggregation.replay import Run
from fanlight.aggregation.saving import PART_ROWS, Findings, Part
from fanlight.base.clock import date_of, system_clock, timestamp
from fanlight.cli.output import clear_failures, data_option, json_option, settings_from, show
from fanlight.core import audit, clients, linking, movements
from fanlight.settings import Settings
from fanlight.storage.unit import Unit
from fanlight.storage.vault import Vault

KINDS = ("accounts", "holdings", "transactions")
SHOWN = 200
"""How many rows are printed as text; JSON has them all."""


class Found(NamedTuple):
    """What would change, by kind of thing, and what is found in the feeds of accounts that is not noted yet."""

    of_kinds: dict[str, list[Difference]]
    findings: dict[str, Findings]


@click.command()
@click.argument("member_guid", metavar="MEMBER")
@click.option("--job", "job_guid", metavar="GUID", help="The run of this job, not the newest one.")
@click.option("--apply", is_flag=True, help="Write what would change.")
@data_option
@json_option
@clear_failures
def replay(member_guid: str, job_guid: str | None, data_dir: str | None, *, apply: bool, as_json: bool) -> None:
    """Read again what an institution answered, and show what would change of accounts and transactions.

    Nobody is spoken to, and nothing is changed without --apply. A server may be running.
    """
    settings = settings_from(data_dir=data_dir).settings
    admin.look(settings, lambda _: None)  # before a vault: where there is no database there is no key either
    vault = admin.open_vault(settings)
    now = system_clock()
    run = admin.look(settings, lambda unit: replays.find(unit, vault, member_guid, job_guid, now=now))
    if apply:
        replays.refuse_old(run)
    heard = asyncio.run(replays.hear(run, settings))
    action = audit.REPLAY_APPLIED if apply and heard.said is None else audit.REPLAYED
    admin.run(settings, partial(_write_down, run=run, action=action))
    found = _go(settings, vault, run, heard, apply=apply) if heard.said is None else Found({}, {})
    result = _result(run, heard, found, applied=apply)
    show(result, as_json=as_json, text=_text(result, found))


def _write_down(unit: Unit, *, run: Run, action: str) -> None:
    """That somebody read what is kept of a member, before anything is shown."""
    client = clients.of_user(unit, run.member.user_id)
    audit.record(unit, client.id, action, run.member.guid, now=system_clock(), detail=run.job.guid)


def _go(settings: Settings, vault: Vault, run: Run, heard: replays.Heard, *, apply: bool) -> Found:
    """Compare, and write where it is wanted: the accounts, then transactions part by part, each a unit of its own."""
    now = system_clock()
    do = admin.run if apply else admin.try_out
    saved = do(settings, lambda unit: replays.save_accounts(unit, vault, run, heard.gathered, now=now))
    kept = admin.look(settings, lambda unit: replays.known(unit, run, saved.fetched))
    compared = replays.compare(run, saved, kept, now=now)
    if apply and compared.parts:
        _write(settings, run, compared.parts, now)
    of_kinds = dict(zip(KINDS, (saved.accounts, compared.holdings, compared.transactions), strict=True))
    return Found(of_kinds, compared.findings)


def _write(settings: Settings, run: Run, parts: Sequence[Part], now: int) -> None:
    """Write, and look for transfers and series in what there is now, as an aggregation does."""
    for part in parts:
        admin.run(settings, partial(replays.save_part, run=run, part=part, now=now))
    user_id = run.member.user_id
    links = linking.find(admin.look(settings, lambda unit: movements.everything(unit, user_id, date_of(now))))
    for at in range(0, len(links), PART_ROWS):
        some = links[at : at + PART_ROWS]
        admin.run(settings, partial(linking.keep, user_id=user_id, links=some, now=now))


def _result(run: Run, heard: replays.Heard, found: Found, *, applied: bool) -> dict[str, Any]:
    return {
        "member_guid": run.member.guid,
        "job_guid": run.job.guid,
        "recorded_at": timestamp(run.recorded_at),
        "from": run.recording.first.isoformat(),
        "to": run.recording.last.isoformat(),
        "answers": len(run.recording.answers),
        "unused_answers": heard.unused,
        "is_cut": run.recording.is_cut,
        "is_newest": run.is_newest,
        "run_ended": run.recording.end,
        "said": heard.said,
        "troubles": [str(each.said) for each in heard.gathered if each.said is not None],
        "applied": applied and heard.said is None,
        **{name: msgspec.to_builtins(found.of_kinds.get(name, [])) for name in KINDS},
        "doubts": sum(each.doubt is not None for each in found.of_kinds.get("transactions", [])),
        "findings": found.findings,
    }


def _text(result: dict[str, Any], found: Found) -> str:
    lines = [f"{result['job_guid']}, recorded {result['recorded_at']}, days {result['from']} to {result['to']}."]
    if result["is_cut"]:
        lines.append("The recording was cut: it became too large.")
    if result["run_ended"] is not None:
        lines.append(f"The run ended without data: {result['run_ended']}")
    if result["said"] is not None:
        return "\n".join([*lines, f"Its replay brings none: {result['said']}"])
    lines += [f"Not read whole: {trouble}" for trouble in result["troubles"]]
    for name in KINDS:
        lines += _kind(name, found.of_kinds[name])
    lines += [f"found in {guid}: {json.dumps(each)}" for guid, all_ in found.findings.items() for each in all_]
    if not any(found.of_kinds.values()) and not found.findings:
        return "\n".join([*lines, "Nothing would change."])
    lines.append(f"doubts: {result['doubts']}")
    return "\n".join([*lines, "Written." if result["applied"] else "Nothing was changed; --apply writes it."])


def _kind(name: str, found: Sequence[Difference]) -> list[str]:
    counts = ", ".join(f"{sum(each.what is what for each in found)} {what.value}" for what in What)
    more = [f"  ... and {len(found) - SHOWN} more; --json has all"] if len(found) > SHOWN else []
    return [f"{name}: {counts}", *(line for each in found[:SHOWN] for line in _lines(each)), *more]


def _lines(each: Difference) -> list[str]:
    doubt = "" if each.doubt is None else f" (doubt: {each.doubt})"
    lines = [f"  {each.what.value} {each.guid} {each.label}{doubt}"]
    if each.what is What.CHANGED:
        lines += [f"    {name}: {_cell(old)} -> {_cell(new)}" for name, (old, new) in each.fields.items()]
    return lines


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
