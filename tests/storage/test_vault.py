"""The vault: nothing opens in another place, under another key, or after a change."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.storage import schema, vault
from fanlight.storage.vault import Vault, VaultError

ONE, OTHER = Vault(bytes(32)), Vault(bytes([1]) * 32)


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(plaintext: bytes) -> None:
    sealed = ONE.seal("grant", "client=1|member=2|generation=3", plaintext)
    assert ONE.open("grant", "client=1|member=2|generation=3", sealed) == plaintext
    assert len(plaintext) < 8 or plaintext not in sealed


@pytest.mark.parametrize(
    ("purpose", "context"),
    [
        ("grant", "client=1|member=2|generation=4"),
        ("grant", "client=1|member=3|generation=3"),
        ("personal", "client=1"),
    ],
)
def test_a_moved_value_does_not_open(purpose: str, context: str) -> None:
    sealed = ONE.seal("grant", "client=1|member=2|generation=3", b"token")
    with pytest.raises(VaultError):
        ONE.open(purpose, context, sealed)


def test_another_key_and_any_changed_byte_are_refused() -> None:
    sealed = ONE.seal("grant", "x", b"token")
    with pytest.raises(VaultError, match="another key"):
        OTHER.open("grant", "x", sealed)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(VaultError):
            ONE.open("grant", "x", changed)
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            ONE.open("grant", "x", sealed[:length])


def test_equal_values_do_not_look_equal() -> None:
    assert ONE.seal("grant", "x", b"token") != ONE.seal("grant", "x", b"token")


def test_key_files_are_the_owners_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    vault.write_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        vault.write_key_file(path)
    vault.load(path)


@pytest.mark.parametrize("text", ["", "short", "é" * 44, "A" * 44 + "!", "A" * 40])
def test_what_is_not_a_key_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VaultError, match="fanlight keys new"):
        vault.load(path)


def test_a_database_knows_its_key(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    schema.create(path)
    schema.check_key(path, ONE)
    schema.check_key(path, ONE)
    with pytest.raises(VaultError, match="not the one that this database was sealed with"):
        schema.check_key(path, OTHER)


def test_nothing_secret_in_reprs() -> None:
    assert "redacted" in repr(ONE)
