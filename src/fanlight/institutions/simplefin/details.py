"""A SimpleFIN server as an institution's entry describes it; deviations are named here, never coded."""

from typing import Annotated, Literal

import msgspec

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
RUNS_PER_DAY = 8
"""Servers want 24 requests of a person a day at the most; a run of the usual length makes three."""


class SimpleFinDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A SimpleFIN server, or any of them: the address is in the token that a person brings."""

    servers: Annotated[tuple[Url, ...], msgspec.Meta(max_length=50)] = ()
    """Root URLs of the servers that tokens may be of; none lets them be of any public one."""
    token_field: str = "SETUP_TOKEN"  # noqa: S105 - a field's name
    version: Literal["1", "2"] = "2"
    """Which version of the protocol is asked for; a server that does not know 2 answers in 1, which is read too."""
    window_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 60
    """How many days one request spans at the most: servers cut longer ones without a clear word."""
    debts: Literal["negative", "positive"] = "negative"
    """The sign of what is owed."""
