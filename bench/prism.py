"""Prism, the usual mock server: fetched once into the cache folder, and run on descriptions made here."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.hosts import bound, port_of
from bench.lab import CACHE
from bench.processes import Child, running

VERSION = "5.14.2"
INSTALL_SECONDS = 300
OPTIONS = ("--errors=false", "--multiprocess=false", "--verboseLevel=silent")
_MAIN = Path("node_modules/@stoplight/prism-cli/dist/index.js")


class NotToBeHad(Exception):
    """Prism cannot be run here, and why."""


def install() -> Path:
    """The program's file; raises NotToBeHad."""
    folder = CACHE / "prism"
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        raise NotToBeHad("node and npm are not installed")
    if not (folder / VERSION).exists():
        folder.mkdir(parents=True, exist_ok=True)
        package = f"@stoplight/prism-cli@{VERSION}"
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), package]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)  # noqa: S603 - our own
        except (OSError, subprocess.SubprocessError) as error:
            raise NotToBeHad(f"npm could not install it ({type(error).__name__})") from error
        (folder / VERSION).touch()
    return folder / _MAIN


@contextmanager
def mocking(program: Path, description: Path, core: int | None) -> Iterator[tuple[Child, int]]:
    """Prism on a description until the block ends, and its port. It says nothing itself when it is ready."""
    with closing(bound()) as sock:
        port = port_of(sock)
    where = ("--host", "127.0.0.1", "--port", str(port))
    command = ["node", str(program), "mock", *where, *OPTIONS, str(description)]
    with running(command, description.parent, core=core) as child:
        yield child, port


def describe(file: Path, *, paths: int) -> Path:
    """An OpenAPI file with the window operation and as many other paths as make up the number."""
    before = (paths - 1) // 2
    padding = [_PADDING.format(number=number) for number in range(paths - 1)]
    file.write_text("".join([_HEAD, *padding[:before], _OPERATION, *padding[before:], _TAIL]))
    return file


_HEAD = """\
openapi: 3.0.0
info: {title: The window operation for a mock server, version: 1.0.0}
security: [{sessionToken: []}]
paths:
"""
_OPERATION = """\
  /members/{member_guid}/oauth_window_uri:
    get:
      operationId: windowUri
      summary: A new one-time address of the window
      parameters:
        - {name: member_guid, in: path, required: true, schema: {type: string}}
        - {name: client_redirect_url, in: query, schema: {type: string}}
        - {name: referral_source, in: query, schema: {type: string}}
        - {name: ui_message_webview_url_scheme, in: query, schema: {type: string}}
        - {name: skip_aggregation, in: query, schema: {type: string}}
      responses:
        '200':
          description: OK
          content:
            application/vnd.mx.nexus.v1+json:
              example:
                member:
                  guid: MBR-00000000-0000-4000-8000-000000000000
                  oauth_window_uri: https://bench.example/oauth/predirect_to/MBR-00000000-0000-4000-8000-000000000000/\
aHR0cHM6Ly9iZW5jaC5leGFtcGxlIGlzIG5vdCBhIHBsYWNlIHRoYXQgYW55Ym9keSBjYW4gZ28gdG8gYXQgYWxs?\
referral_source=BROWSER&ui_message_webview_url_scheme=MX
"""
_PADDING = """\
  /things_{number}/{{guid}}/parts:
    get:
      operationId: parts{number}
      parameters:
        - {{name: guid, in: path, required: true, schema: {{type: string}}}}
      responses:
        '200':
          description: OK
          content:
            application/vnd.mx.nexus.v1+json: {{example: {{part: {{guid: PRT-{number}}}}}}}
"""
_TAIL = """\
components:
  securitySchemes:
    sessionToken: {type: apiKey, name: MD-SESSION-TOKEN, in: header}
"""
