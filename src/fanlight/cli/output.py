"""What the commands share: settings from flags, failures as one clear line, results as text or JSON."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

from fanlight.base.errors import OperatorError, Refusal
from fanlight.settings import Loaded, load

P = ParamSpec("P")
R = TypeVar("R")

EXPECTED = (Refusal, OperatorError, OSError)

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
data_option = click.option("--data", "data_dir", metavar="DIR", help="Data directory [setting data_dir].")


def clear_failures(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an expected failure into one line on stderr and exit status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except EXPECTED as error:
            fail(str(error) or type(error).__name__)

    return run


def fail(reason: str) -> NoReturn:
    click.echo(f"fanlight: {reason}", err=True)
    sys.exit(1)


def settings_from(**flags: Any) -> Loaded:
    """The settings with these flags on top."""
    return load(flags)


def show(value: Any, *, as_json: bool, text: str) -> None:
    click.echo(json.dumps(value) if as_json else text)
