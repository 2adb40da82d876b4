"""The scan: it finds a planted leak of each kind in each place, tells no secret, and finds none where there is none."""

import base64
import gzip
import html
import io
import json
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec
import pytest

from fanlight.core import plain_secrets
from fanlight.institutions.port import Tokens
from fanlight.scanning import places, search
from fanlight.scanning.needles import Needles, Secret
from support import logins
from support.processes import run
from support.world import World, running

SECRET = 'päss/word+with <all> "kinds" & more?'
NEEDLES = Needles([Secret("password", SECRET.encode())])


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", data)
    return buffer.getvalue()


CODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "utf-16": lambda text: text.encode("utf-16-le"),
    "utf-16 big end first": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "base64 at 0": lambda text: base64.b64encode(b"abc" + text.encode() + b"xyz"),
    "base64 at 1": lambda text: base64.b64encode(b"abcd" + text.encode() + b"xyz"),
    "base64 at 2": lambda text: base64.b64encode(b"abcde" + text.encode() + b"xyz"),
    "base64url": lambda text: base64.urlsafe_b64encode(b"a" + text.encode()),
    "URL": lambda text: quote(text, safe="").encode(),
    "form": lambda text: quote_plus(text, safe="").encode(),
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "HTML": lambda text: html.escape(text).encode(),
    "gzip": lambda text: gzip.compress(b"before " + text.encode()),
    "zlib": lambda text: zlib.compress(b"before " + text.encode()),
    "zip": lambda text: _zip(b"before " + text.encode()),
    "base64 in JSON in gzip in zip": lambda text: _zip(
        gzip.compress(json.dumps({"x": base64.b64encode(text.encode()).decode()}).encode())
    ),
    "gzip cut off": lambda text: gzip.compress(text.encode() + bytes(range(256)) * 200)[:300],
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("before", [0, 1, 7, 8, search.CHUNK - 20, search.CHUNK, 2 * search.CHUNK - 3])
def test_each_coding_is_found_wherever_it_stands(coding: str, before: int) -> None:
    data = b"\0" * before + CODINGS[coding](SECRET) + b"after" * 10
    found = list(search.in_bytes(data, NEEDLES, "there"))
    assert found, coding
    assert {leak.kind for leak in found} == {"password"}
    assert all(before - 1 <= leak.offset <= before + 80 for leak in found)  # \0 before is half a letter of utf-16
    assert SECRET not in repr(found) + repr(NEEDLES.by_window)


def test_nothing_is_found_where_nothing_is() -> None:
    changed = SECRET.replace("w", "v")
    for coding in CODINGS.values():
        assert list(search.in_bytes(coding(changed), NEEDLES, "there")) == []
    assert list(search.in_bytes(b"", NEEDLES, "there")) == []


def test_many_secrets_take_no_longer_than_few() -> None:
    data = b"no secret in it, line after line\n" * 60_000
    few, many = (
        Needles([Secret("a", b"not-there")]),
        Needles(Secret("a", f"not-{n:08}".encode()) for n in range(20_000)),
    )

    def seconds(needles: Needles) -> float:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            assert list(search.in_bytes(data, needles, "there")) == []
            times.append(time.perf_counter() - begun)
        return min(times)

    assert seconds(many) < 3 * seconds(few)


def test_short_ones_are_counted_and_not_looked_for() -> None:
    needles = Needles([Secret("pin", b"1234"), Secret("pin", b"1234"), Secret("number", b"12345678")])
    assert (needles.secrets, needles.too_short) == (1, 1)


def test_a_value_is_found_in_tables_and_in_free_pages(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, long TEXT)")
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        connection.execute("INSERT INTO t VALUES (1, 4000123456789, ?)", ("x" * 4090 + SECRET + "y" * 9000,))
        connection.execute("INSERT INTO words VALUES ('canarybird')")
        connection.execute("INSERT INTO t VALUES (2, 0, 'deleted-secret')")
        connection.commit()
        connection.execute("DELETE FROM t WHERE id = 2")
        connection.commit()
    secrets = {"number": "4000123456789", "torn": SECRET, "word": "canarybird", "deleted": "deleted-secret"}
    needles = Needles(Secret(kind, value.encode()) for kind, value in secrets.items())
    found = list(places.in_files([path], needles))
    of = {kind: {leak.place for leak in found if leak.kind == kind} for kind in secrets}
    assert "some.db t.number" in of["number"]
    assert "some.db t.long" in of["torn"], "in the file it is torn over two pages"
    assert {"some.db words_content.c0", "some.db"} <= of["word"]
    assert of["deleted"] == {"some.db"}, "a free page still holds it"


def test_a_consent_s_id_is_looked_for_and_the_names_of_what_it_covers_are_not() -> None:
    granted = ({"type": "fdx_v1.0", "consentRequest": {"resources": ["TRANSACTIONS"]}},)
    tokens = Tokens(
        access_token="the-token", consent_id="the-consent", scope="ACCOUNT_BASIC", authorization_details=granted
    )
    found = set(plain_secrets._texts(msgspec.json.decode(msgspec.json.encode(tokens))))
    assert {b"the-token", b"the-consent"} <= found
    assert found.isdisjoint({b"ACCOUNT_BASIC", b"fdx_v1.0", b"TRANSACTIONS"})


def scanned(world: World, *arguments: str) -> tuple[int, str, str]:
    done = run("scan", *arguments, "--data", str(world.runtime.settings.data_path))
    assert done.stderr == ""
    return (
        done.returncode,
        done.stdout,
        run("scan", "--json", *arguments, "--data", str(world.runtime.settings.data_path)).stdout,
    )


def test_a_server_s_own_leak_is_found_and_not_told(tmp_path: Path) -> None:
    """Each kind of secret, planted where a fault of ours could put it."""
    with running(tmp_path / "world") as world:
        nexus = world.user("scanned")
        logins.again(nexus, nexus.connect("scanned-person")["guid"], "verify")
        logins.signed_in(nexus, "scanned-password", "scanned-login")
        status, shown, _ = scanned(world)
        assert (status, "0 found" in shown) == (0, True), shown
        runtime = world.runtime
        grants = world.rows("SELECT client_id, user_id, member_id, generation, sealed FROM grants")
        (client, user, member, generation, sealed) = grants[0]
        context = f"client={client}|user={user}|member={member}|generation={generation}"
        token = json.loads(runtime.vault.open("grant", context, sealed))["access_token"]
        (guid, owner, number) = world.rows("SELECT guid, user_id, sealed FROM account_numbers")[0]
        opened = json.loads(runtime.vault.open("account number", f"user={owner}|number={guid}", number))
        backup = tmp_path / "backup"
        backup.mkdir()
        (backup / "log.txt.gz").write_bytes(gzip.compress(f"Authorization: Bearer {token}".encode()))
        (backup / "dump.json").write_text(json.dumps({"login": "scanned-login"}))
        world.rows("UPDATE accounts SET findings = ? WHERE id = 1", json.dumps([{"n": opened["account_number"]}]))
        key = runtime.vault.ring.keys[0]
        (runtime.settings.data_path / "left.tmp").write_bytes(b"...." + key.secret)
        status, shown, as_json = scanned(world, str(backup))
        assert status == 1
        places_of = {(leak["kind"], leak["place"]) for leak in json.loads(as_json)["leaks"]}
        assert {
            ("grant", "log.txt.gz"),
            ("credential", "dump.json"),
            ("account number", "fanlight.db accounts.findings"),
            ("grants key", "left.tmp"),
        } <= places_of
        for secret in (token, "scanned-login", opened["account_number"], key.secret.hex()):
            assert secret not in shown + as_json


@pytest.mark.timeout(240)
def test_a_whole_journey_leaves_nothing_in_the_clear() -> None:
    """A window, a login with questions, identification, verification and a replay, all in a sandbox of its own."""
    done = run("scan", "--sandbox", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["leaks"], done.stderr) == (0, [], "")
    assert found["secrets"] > 30
    assert found["files"] >= 3


def test_looking_where_nothing_is_says_so(tmp_path: Path) -> None:
    done = run("scan", "--data", str(tmp_path / "typo"))
    assert (done.returncode, "There is no database" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
