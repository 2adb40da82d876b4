"""`fanlight sandbox` as a stranger starts it."""

import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from fanlight.demo.browser import Browser
from fanlight.sandbox import CODES
from support.processes import Running, run, sandbox, until

KEYS = ["nexus", "sso", "mdx", "bank", "client_id", "api_key", "user_id", "user_guid", "session_token", "institutions"]


def connect(running: Running, username: str = "ada") -> str:
    """A member that has been through its window, for a running sandbox; its guid."""
    ready = running.ready
    body = {"member": {"institution_guid": ready["institutions"]["mx_bank_oauth"], "is_oauth": True}}
    member = running.call("POST", "/members", body).json()["member"]
    with Browser((ready["nexus"], ready["bank"])) as browser:
        consent = browser.submit(browser.open(member["oauth_window_uri"]), username=username, password="correct")
        browser.submit(consent, decision="authorize")
    return str(member["guid"])


def is_settled(running: Running, guid: str) -> bool:
    member = running.call("GET", f"/members/{guid}").json()["member"]
    return bool(member["successfully_aggregated_at"]) and not member["is_being_aggregated"]


def test_one_line_of_json_with_everything_a_client_needs() -> None:
    with sandbox() as running:
        ready = running.ready
        assert list(ready) == KEYS
        assert not ready["nexus"].endswith("/")
        assert ready["institutions"].keys() == set(CODES)
        assert ready["institutions"]["mx_bank_oauth"] == "INS-68e96dd6-eabd-42d3-9f05-416897f0746c"
        assert running.call("GET", "/user").json()["user"]["guid"] == ready["user_guid"]
        url = f"{ready['sso']}/{ready['client_id']}/users/{ready['user_id']}/api_token.json"
        token = httpx2.get(url, headers={"MD-API-KEY": ready["api_key"]}).json()["api_token"]["token"]
        assert httpx2.post(f"{ready['nexus']}/sessions", headers={"MD-API-TOKEN": token}).status_code == 200
        assert running.stop() == 0
        assert running.process.stdout.read() == ""


def test_sigint_ends_it_well_too() -> None:
    with sandbox() as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0


def test_a_busy_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("sandbox", "--port", str(port), "--bank-port", "0")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_loopback_unless_told_so() -> None:
    done = run("sandbox", "--host", "0.0.0.0")
    assert done.returncode == 1
    assert "not a loopback address" in done.stderr


def test_the_text_has_a_curl_to_copy() -> None:

    command = [sys.executable, "-m", "fanlight", "sandbox", "--port", "0", "--bank-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Docs:"):
                break
        process.terminate()
        _, warning = process.communicate(timeout=20)
    text = "".join(lines)
    assert "not for production" in warning
    start = text.index("curl -s")
    shell = text[start : text.index("\n\n", start)]
    assert "MD-SESSION-TOKEN" in shell
    assert '"is_oauth": true' in shell


def test_a_kept_directory_keeps_client_user_and_data(tmp_path: Path) -> None:
    place = str(tmp_path / "kept")
    with sandbox("--data", place) as running:
        first = running.ready
        guid = connect(running)
        until(lambda: is_settled(running, guid), "the first aggregation")
        assert running.stop() == 0
    with sandbox("--data", place) as running:
        assert {k: running.ready[k] for k in ("client_id", "api_key", "user_guid", "institutions")} == {
            k: first[k] for k in ("client_id", "api_key", "user_guid", "institutions")
        }
        assert running.call("GET", "/accounts").json()["accounts"]
        assert running.call("GET", f"/members/{guid}/aggregate").status_code == 200
        until(lambda: is_settled(running, guid), "the second aggregation")
    key = tmp_path / "kept" / "fanlight.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_two_servers_do_not_share_a_directory(tmp_path: Path) -> None:
    with sandbox("--data", str(tmp_path / "kept")):
        done = run("sandbox", "--port", "0", "--bank-port", "0", "--data", str(tmp_path / "kept"))
    assert done.returncode == 1
    assert "has this data directory open" in done.stderr


def test_the_date_of_the_world_can_be_set() -> None:
    with sandbox("--today", "2025-03-01", "--seed", "7") as running:
        guid = connect(running)
        until(lambda: is_settled(running, guid), "the aggregation")
        newest = running.call("GET", "/transactions").json()["transactions"][0]
        assert "2025-02-20" <= newest["date"] <= "2025-03-01"


@pytest.mark.parametrize("delay", range(5))
def test_kill_9_during_aggregation_loses_and_doubles_nothing(tmp_path: Path, delay: int) -> None:
    """Killed at seeded moments after the person came back: the job ends after a restart, data is there once."""
    place = tmp_path / "killed"
    with sandbox("--data", str(place)) as running:
        guid = connect(running)
        until(lambda: _progress(place) >= delay or is_settled(running, guid), "a point to kill at", 5)
        running.kill()
    with sandbox("--data", str(place)) as running:
        until(lambda: is_settled(running, guid), "the job did not end after the restart")
        page = running.call("GET", "/transactions?records_per_page=1000").json()
        ids = [entry["external_guid"] for entry in page["transactions"]]
        assert len(ids) == len(set(ids)) > 100
        assert len(running.call("GET", "/accounts").json()["accounts"]) == 6
    with sqlite3.connect(place / "fanlight.db") as database:
        assert database.execute("SELECT count(*) FROM tasks").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM jobs WHERE status < 6").fetchone() == (0,)
    database.close()


def _progress(place: Path) -> int:
    """How far a run has come, in requests that the log tells of: a rough clock made of work, not of time."""
    return (place / "fanlight.db-wal").stat().st_size // 40_000
