"""Key files and the keys that a database asks for: what is wrong is refused, and said in one line without a secret."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fanlight.storage import keys, schema, vault
from fanlight.storage.keys import Key, Ring, State, Use
from fanlight.storage.vault import Vault, VaultError

RING = keys.new_ring("2026-11-24")
TEXT = RING.text()
ONE, OTHER = Vault(bytes(32)), Vault(bytes([1]) * 32)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_key_files_are_the_owners_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    vault.write_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        vault.write_key_file(path)
    assert [key.use for key in vault.load(path).ring.keys] == [*keys.ROTATED, Use.PSEUDONYMS]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "key", TEXT)
    path.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        vault.load(path)


@pytest.mark.parametrize("text", ["", "# only a word\n", "short", "é" * 44, "A" * 44 + "!", "A" * 40])
def test_what_is_not_a_key_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(VaultError, match="fanlight keys new"):
        vault.load(written(tmp_path / "key", text))


def test_a_ring_is_read_as_it_was_written() -> None:
    for ring in (RING, RING.with_next("2026-11-25"), RING.with_next("2026-11-25").promoted()):
        again = keys.parse(ring.text())
        assert repr(again) == repr(ring)
        assert [key.secret for key in again.keys] == [key.secret for key in ring.keys]


def test_a_bare_key_stays_a_bare_file() -> None:
    ring = keys.parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    assert ring.is_bare
    assert ring.text() == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    rotated = ring.with_next("2026-11-25").promoted()
    assert [(key.use.value, key.state.value) for key in rotated.keys] == [
        ("any", "old"),
        ("grants", "current"),
        ("personal", "current"),
        ("index", "current"),
        ("pseudonyms", "current"),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXT.replace("grants", "grunts"), "unknown use or state"),
        (TEXT.replace("current", "curent", 1), "unknown use or state"),
        (TEXT.replace("2026-11-24", "yesterday", 1), "no day"),
        (TEXT.replace(RING.keys[0].id.hex(), "00000000"), "another id than its key"),
        (TEXT.replace("index ", "personal "), "two keys for personal"),
        ("\n".join(line for line in TEXT.splitlines() if "index" not in line), "no current key for index"),
        (TEXT + TEXT.splitlines()[2].replace("current", "old") + "\n", "the same key twice"),
        (TEXT + "grants current\n", "does not have use, state, id, day and key"),
    ],
)
def test_a_wrong_line_is_said_without_its_key(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(VaultError, match=said) as caught:
        vault.load(written(tmp_path / "key", wrong))
    for key in RING.keys:
        assert keys._shown(key.secret) not in str(caught.value)


def test_a_ring_is_replaced_whole_and_stays_the_owners(tmp_path: Path) -> None:
    path = written(tmp_path / "key", TEXT)
    (tmp_path / "key.new").write_text("left by a process that died")
    keys.replace(path, RING.with_next("2026-11-25"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert len(keys.read(path).keys) == 7
    with keys.alone_with(path), pytest.raises(VaultError, match="Another command"), keys.alone_with(path):
        raise AssertionError("two at once")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "d.db"
    schema.create(path)
    return path


def notes(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, value FROM meta WHERE name LIKE 'key_check%'"))


def test_a_database_knows_its_keys(database: Path) -> None:
    schema.check_key(database, ONE)
    schema.check_key(database, ONE)
    with pytest.raises(VaultError, match="not the one that this database was sealed with"):
        schema.check_key(database, OTHER)
    with pytest.raises(VaultError, match="not the one that this database was sealed with"):
        schema.check_key(database, Vault(RING))


def test_a_missing_key_is_named_and_a_new_one_noted(database: Path) -> None:
    rotated = RING.with_next("2026-11-25").promoted()
    schema.check_key(database, Vault(RING))
    schema.check_key(database, Vault(rotated))
    assert len(notes(database)) == 7
    with pytest.raises(VaultError, match="lacks what this database was sealed with") as caught:
        schema.check_key(database, Vault(RING))
    missing = {key.id.hex() for key in rotated.keys} - {key.id.hex() for key in RING.keys}
    assert all(key_id in str(caught.value) for key_id in missing)
    schema.forget_keys(database, (key.id for key in rotated.old))
    schema.check_key(database, Vault(rotated.without(key.id for key in rotated.old)))


def test_the_note_of_before_there_were_rings_is_taken_over(database: Path) -> None:
    key = ONE.ring.keys[0]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('key_check', ?)", (key.check_value,))
    with pytest.raises(VaultError, match="not the one"):
        schema.check_key(database, OTHER)
    schema.check_key(database, ONE)
    assert notes(database) == {f"key_check.{key.id.hex()}": f"any {key.check_value}"}


def test_a_note_is_not_enough_to_derive_a_key(database: Path) -> None:
    schema.check_key(database, Vault(RING))
    everything = database.read_bytes()
    for key in RING.keys:
        assert key.secret not in everything
        assert keys._shown(key.secret).encode() not in everything


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(VaultError, match="32 bytes"):
        Ring([Key(Use.ANY, State.CURRENT, "-", b"short")])
