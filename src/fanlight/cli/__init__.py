"""The command line. Results go to stdout, logs to stderr; every command takes `--json`."""

from fanlight.cli.main import main

__all__ = ["main"]
