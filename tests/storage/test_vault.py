"""The vault: nothing opens in another place, under another key, or after a change; keys can be replaced."""

import logging
import timeit
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from hypothesis import given
from hypothesis import strategies as st

from fanlight.storage import keys, vault
from fanlight.storage.keys import Key, Ring, State, Use
from fanlight.storage.vault import LOOK_EVERY, Vault, VaultError

ONE, OTHER = Vault(bytes(32)), Vault(bytes([1]) * 32)
RING = keys.new_ring("2026-11-24")
MANY = Vault(RING)
TARGET = 20e-6
PURPOSES = ("grant", "window", "institution", "credential", "answer", "account number", "raw payload")


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(plaintext: bytes) -> None:
    for sealing in (ONE, MANY):
        sealed = sealing.seal("grant", "client=1|member=2|generation=3", plaintext)
        assert sealing.open("grant", "client=1|member=2|generation=3", sealed) == plaintext
        assert len(plaintext) < 8 or plaintext not in sealed


@pytest.mark.parametrize(
    ("purpose", "context"),
    [
        ("grant", "client=1|member=2|generation=4"),
        ("grant", "client=1|member=3|generation=3"),
        ("personal", "client=1"),
        ("credential", "client=1|member=2|generation=3"),
    ],
)
@pytest.mark.parametrize("sealing", [ONE, MANY])
def test_a_moved_value_does_not_open(purpose: str, context: str, sealing: Vault) -> None:
    sealed = sealing.seal("grant", "client=1|member=2|generation=3", b"token")
    with pytest.raises(VaultError):
        sealing.open(purpose, context, sealed)


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


def test_what_was_sealed_before_there_were_rings_opens_and_comes_into_the_new_form() -> None:
    key = Key(Use.ANY, State.CURRENT, "-", bytes(32))
    header = b"\x01" + key.id
    wrapped = aes_key_wrap(key.derive("seal/grant"), b"d" * 32)
    old = header + wrapped + b"n" * 12 + AESGCM(b"d" * 32).encrypt(b"n" * 12, b"token", header + b"grant|whose")
    assert ONE.open("grant", "whose", old) == b"token"
    fresh = ONE.reseal("grant", "whose", old)
    assert fresh.startswith(ONE.header("grant"))
    assert ONE.open("grant", "whose", fresh) == b"token"
    with pytest.raises(VaultError):
        ONE.open("grant", "another's", old)


def test_the_key_of_one_use_opens_nothing_of_another() -> None:
    """Each key alone, as somebody would have it who got hold of it, in the place of any other."""
    for purpose in PURPOSES:
        sealed = MANY.seal(purpose, "x", b"value")
        for key in RING.keys:
            thief = Vault(Ring([Key(Use.ANY, State.CURRENT, "-", key.secret)]))
            if key.use is vault.use_of(purpose):
                assert thief.open(purpose, "x", sealed) == b"value"
                continue
            for header in (sealed[:5], b"\x02" + key.id):
                with pytest.raises(VaultError):
                    thief.open(purpose, "x", header + sealed[5:])
    assert {vault.use_of(purpose) for purpose in PURPOSES} == {Use.GRANTS, Use.PERSONAL}


def test_a_next_key_wraps_the_data_key_anew_and_leaves_the_content() -> None:
    sealed = MANY.seal("credential", "x", b"value" * 100)
    known = RING.with_next("2026-11-25")
    assert Vault(known).seal("credential", "x", b"").startswith(MANY.header("credential")), "it seals nothing yet"
    rotated = Vault(known.promoted())
    assert rotated.open("credential", "x", sealed) == b"value" * 100
    fresh = rotated.reseal("credential", "x", sealed)
    assert (fresh[45:], fresh[:45] == sealed[:45]) == (sealed[45:], False)
    assert rotated.open("credential", "x", fresh) == b"value" * 100
    with pytest.raises(VaultError):
        MANY.open("credential", "x", fresh)
    without = Vault(known.promoted().without(key.id for key in known.promoted().old))
    assert without.open("credential", "x", fresh) == b"value" * 100
    with pytest.raises(VaultError, match="another key"):
        without.open("credential", "x", sealed)


def test_every_process_finds_what_any_other_kept_while_keys_change() -> None:
    """Three stages of a ring; each may be held by a process while its neighbour has the stage before or after."""
    stages = [Vault(RING), Vault(RING.with_next("2026-11-25"))]
    stages.append(Vault(stages[1].ring.promoted()))
    for keeper, seeker in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2)):
        kept = stages[keeper].blind("credential", "user=1", "login")
        assert kept in stages[seeker].blinds("credential", "user=1", "login"), (keeper, seeker)
        assert kept not in stages[seeker].blinds("credential", "user=2", "login")


def test_fingerprints_of_a_bare_key_file_are_found_in_either_form() -> None:
    with_id = ONE.blind("credential", "user=1", "login")
    assert ONE.blinds("credential", "user=1", "login") == [with_id, with_id[4:]]
    rotated = Vault(ONE.ring.with_next("2026-11-25").promoted())
    assert {with_id, with_id[4:]} < set(rotated.blinds("credential", "user=1", "login"))


def test_pseudonyms_stay_whatever_becomes_of_the_keys() -> None:
    for before in (ONE, MANY):
        ring = before.ring.with_next("2026-11-25").promoted()
        for after in (ring, ring.without(key.id for key in ring.old)):
            assert Vault(after).pseudonym("user=1", "account-7") == before.pseudonym("user=1", "account-7")
    assert ONE.pseudonym("user=1", "account-7") != MANY.pseudonym("user=1", "account-7")


def test_a_changed_key_file_is_taken_up_without_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "key"
    vault.write_key_file(path)
    running = vault.load(path)
    keys.replace(path, running.ring.with_next("2026-11-25").promoted())
    other = vault.load(path)
    sealed = other.seal("grant", "x", b"token")
    assert running.open("grant", "x", sealed) == b"token", "an unknown key has it look at once"
    assert running.header("grant") == other.header("grant")
    path.write_text("broken\n")
    running._look_at = 0.0
    assert running.open("grant", "x", sealed) == b"token", "a broken file changes nothing"
    assert "is not taken up" in caplog.text
    for key in other.ring.keys:
        assert key.secret.hex() not in caplog.text
        assert keys._shown(key.secret) not in caplog.text


def test_a_vault_does_not_look_for_every_value(tmp_path: Path) -> None:
    path = tmp_path / "key"
    vault.write_key_file(path)
    running = vault.load(path)
    before = running.header("grant")
    keys.replace(path, running.ring.with_next("2026-11-25").promoted())
    assert running.header("grant") == before
    running._look_at -= LOOK_EVERY
    assert running.header("grant") != before


def test_sealing_is_cheap(tmp_path: Path) -> None:
    """20 microseconds; a busy machine is given several tries."""
    path = tmp_path / "key"
    vault.write_key_file(path)
    running, token = vault.load(path), b"x" * 1200
    times = timeit.repeat(lambda: running.seal("grant", "client=1|user=2", token), number=500, repeat=20)
    assert min(times) / 500 < TARGET


def test_nothing_secret_in_reprs() -> None:
    assert "redacted" in repr(ONE)
    for key in RING.keys:
        assert keys._shown(key.secret) not in repr(RING) + repr(key)
        assert key.secret.hex() not in repr(RING) + repr(key)
