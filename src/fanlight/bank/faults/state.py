"""Which faults are set: for whom, where, how often. One place for all of a bank's brands."""

import random
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from fanlight.bank.faults.catalogue import CATALOGUE, SHORT_TOKEN, USER_FAULTS, Fault, Step

MOST_SETTINGS = 100
"""Faults that can be set at once."""
LARGEST_VALUE = 10**9
_COUNTED = 10_000
_ASKED_FOR = USER_FAULTS | {SHORT_TOKEN}


class FaultSettingError(Exception):
    """A setting that makes no sense; the text says why."""


class Place(NamedTuple):
    """Where a request is: its step, at which brand, whose; the name is empty where the request does not tell."""

    step: Step
    brand: str
    username: str


class Setting(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What is asked for. Without `brand`, `username` or `step` it is for all of them; without `times`, always."""

    fault: str
    brand: str | None = None
    username: str | None = None
    step: Step | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    value: int | None = None


class Standing(msgspec.Struct):
    """A setting at work: `played` counts how often it showed, `chance` is its own reproducible dice."""

    id: str
    setting: Setting
    chance: random.Random
    played: int = 0

    @property
    def fault(self) -> Fault:
        return CATALOGUE[self.setting.fault]

    @property
    def value(self) -> int:
        return self.fault.value if self.setting.value is None else self.setting.value

    @property
    def is_over(self) -> bool:
        return self.setting.times is not None and self.played >= self.setting.times


class Faults:
    """The faults that are set now; `standing` is read by the control API, the rest by whoever answers."""

    def __init__(self) -> None:
        self.standing: list[Standing] = []
        self._days: OrderedDict[tuple[str, Place, int], int] = OrderedDict()

    def add(self, settings: Sequence[Setting]) -> list[Standing]:
        """Set some more; raises FaultSettingError, and then sets none."""
        for setting in settings:
            _check(setting)
        if len(self.standing) + len(settings) > MOST_SETTINGS:
            raise FaultSettingError(f"At most {MOST_SETTINGS} faults can be set at once.")
        made = [Standing(secrets.token_hex(4), each, random.Random(each.seed)) for each in settings]  # noqa: S311
        self.standing += made
        return made

    def replace(self, settings: Sequence[Setting]) -> list[Standing]:
        """Set these and no others; raises FaultSettingError, and then all stays as it was."""
        before, self.standing = self.standing, []
        try:
            made = self.add(settings)
        except FaultSettingError:
            self.standing = before
            raise
        self._days.clear()
        return made

    def clear(self, identity: str | None = None) -> int:
        """Take one back, or all; how many there were."""
        kept = [each for each in self.standing if identity is not None and each.id != identity]
        gone = len(self.standing) - len(kept)
        self.standing = kept
        if not kept:
            self._days.clear()
        return gone

    def play(self, place: Place) -> list[Standing]:
        """The faults of a request, each counted as played, without those that the endpoints ask for themselves."""
        return self._drawn(place, frozenset(CATALOGUE) - _ASKED_FOR)

    def behaving(self, place: Place) -> str:
        """The user name whose special behavior shows: the user's own, or the one that was set."""
        drawn = self._drawn(place, USER_FAULTS)
        return drawn[0].fault.name if drawn else place.username

    def value(self, name: str, place: Place) -> int | None:
        """The value of a fault that an endpoint asks for; None where it does not show."""
        drawn = self._drawn(place, frozenset((name,)))
        return drawn[0].value if drawn else None

    def used_today(self, standing: Standing, place: Place, day: int) -> int:
        """How often a step was asked for on a day under a budget, with this request."""
        key = standing.id, place, day
        self._days[key] = self._days.get(key, 0) + 1
        if len(self._days) > _COUNTED:
            self._days.popitem(last=False)
        return self._days[key]

    def _drawn(self, place: Place, names: frozenset[str]) -> list[Standing]:
        found = [each for each in self.standing if each.fault.name in names and _shows(each, place)]
        for each in found:
            each.played += 1
        return found


def _shows(standing: Standing, place: Place) -> bool:
    setting = standing.setting
    return (
        not standing.is_over
        and place.step in standing.fault.steps
        and setting.step in (None, place.step)
        and setting.brand in (None, place.brand)
        and setting.username in (None, place.username)
        and (setting.probability >= 1 or standing.chance.random() < setting.probability)
    )


def _check(setting: Setting) -> None:
    fault = CATALOGUE.get(setting.fault)
    if fault is None:
        raise FaultSettingError(f"There is no fault {setting.fault[:64]!r}.")
    if setting.step is not None and setting.step not in fault.steps:
        raise FaultSettingError(f"{fault.name} shows at {', '.join(fault.steps)}.")
    if setting.times is not None and setting.times < 1:
        raise FaultSettingError("times is a whole number above 0.")
    if not 0 < setting.probability <= 1:
        raise FaultSettingError("probability is above 0 and at most 1.")
    if setting.value is not None and (not fault.unit or not 0 <= setting.value <= LARGEST_VALUE):
        raise FaultSettingError(f"{fault.name} has no such value.")
