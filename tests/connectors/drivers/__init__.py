"""Drivers: how the one contract suite plays an institution of each protocol.

To let a connector join, add a module here with a `DRIVER` that has these members. Everything else is the suite's.

- `name`: the protocol's name.
- `secrets`: texts that must never be seen in what is said, logged or printed: the tokens or login of `access`.
- `connector(url, line, limits)`: the connector for an institution at this URL.
- `access(line)`: what its session is opened with: `FixedAccess(line, Tokens(...))`, or a `Login`. Holds `secrets`.
- `answer(household, asked)`: what a faultless institution of the protocol answers to a request about a household,
  `NOTHING` for a path that it does not have. It keeps to the days that are asked for, as the standard says. Values
  stand in its documents as the household has them: a number where the text is one, else the text itself.
- `linked(answer, link)`: the answer with a link to the next page of its list; None where the protocol has no links.
- `account_of(household, asked)`: the id of the account that a request is about alone; None for all others.
- `says`: which sayings are right for an HTTP status, where it is not the usual one (see `USUAL`).
"""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Protocol

from connectors.bank import Answer, Asked
from connectors.household import Household
from fanlight.institutions.answers import Saying
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Connector, Limits, Login

USUAL: Mapping[int, frozenset[Saying]] = {
    401: frozenset({Saying.CONSENT_EXPIRED}),
    403: frozenset({Saying.ACCESS_REFUSED, Saying.CONSENT_EXPIRED}),
    429: frozenset({Saying.THROTTLED}),
    500: frozenset({Saying.UNAVAILABLE}),
    503: frozenset({Saying.UNAVAILABLE}),
}


class Driver(Protocol):
    """See above."""

    @property
    def name(self) -> str: ...

    @property
    def secrets(self) -> Sequence[str]: ...

    @property
    def says(self) -> Mapping[int, frozenset[Saying]]: ...

    def connector(self, url: str, line: Line, limits: Limits) -> Connector: ...

    def access(self, line: Line) -> Access | Login: ...

    def answer(self, household: Household, asked: Asked) -> Answer: ...

    def linked(self, answer: Answer, link: str) -> Answer | None: ...

    def account_of(self, household: Household, asked: Asked) -> str | None: ...


def load() -> list[Driver]:
    """Every driver in this folder, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}").DRIVER for name in names]
