"""A bank that answers garbage, slowly, hugely or without end: a status for the client, never a crash."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.world import Nexus, World, running

FIRST_TIME = {
    "data_unavailable": ("FAILED", "HALTED"),
    "data_garbage": ("FAILED", "HALTED"),
    "data_huge": ("FAILED", "HALTED"),
    "data_endless": ("FAILED", "HALTED"),
    "data_slow": ("FAILED", "HALTED"),
    "data_throttled": ("FAILED", "HALTED"),
    "data_unauthorized": ("IMPAIRED", "DENIED"),
    "data_flaky": ("CONNECTED", "COMPLETED"),
    "data_one_bad_account": ("CONNECTED", "COMPLETED"),
    "data_no_accounts": ("CONNECTED", "COMPLETED"),
}


@pytest.fixture(scope="module")
def harsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose server has little patience."""
    limits = {
        "institution_timeout": 1,
        "institution_max_bytes": 1_000_000,
        "institution_attempts": 2,
        "institution_max_pages": 20,
    }
    with running(Path(tmp_path_factory.mktemp("harsh")), **limits) as world:
        yield world


@pytest.mark.parametrize("username", FIRST_TIME)
def test_a_trouble_with_data_ends_in_a_status(harsh: World, username: str) -> None:
    harsh.clock.advance(60)  # what the bank said of its limits to one user holds for the next
    nexus = harsh.user(username.replace("_", "-"))
    status, job_status = FIRST_TIME[username]
    member = nexus.connect(username)
    assert member["connection_status"] == status
    assert nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]["status_name"] == job_status
    assert (member["successfully_aggregated_at"] is not None) == (job_status == "COMPLETED")


def test_one_bad_account_does_not_stop_the_others(harsh: World) -> None:
    harsh.clock.advance(60)
    nexus = harsh.user("one-bad")
    member = nexus.connect("data_one_bad_account")
    job = nexus.ok("GET", f"/jobs/{member['most_recent_job_guid']}")["job"]
    assert "unavailable" in job["error_message"]
    assert len(nexus.ok("GET", "/accounts")["accounts"]) == 6
    assert nexus.ok("GET", "/transactions")["pagination"]["total_entries"] > 50


def test_a_bank_that_is_slow_with_tokens_ends_the_window(harsh: World) -> None:
    nexus = harsh.user("slow-tokens")
    page = harsh.walk(nexus.member()["oauth_window_uri"], "token_slow")
    assert page.message["error-reason"] == "PROVIDER_ERROR"


def test_a_bank_that_is_down_ends_the_window(tmp_path: Path) -> None:
    with running(tmp_path, institution_attempts=1) as world:
        nexus: Nexus = world.nexus
        member = nexus.member()
        world.bank.base_url = "http://127.0.0.1:9"
        world.rows(
            "UPDATE institutions SET details = replace(details, ?, ?)", world.ready["bank"], "http://127.0.0.1:9"
        )
        page = world.http.get(member["oauth_window_uri"])
        assert 'data-error-reason="PROVIDER_ERROR"' in page.text
        assert nexus.read(member["guid"])["connection_status"] == "PENDING"
