"""The strangers' installs: they start, from a cache that is outside the repository."""

from pathlib import Path

import httpx2
import pytest

from strangers import node

SPECS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "specs"


def test_a_script_finds_its_packages() -> None:
    with node.script("echo.mjs", "oidc") as running:
        assert httpx2.get(running.url).text == "function"
    assert running.process.returncode is not None


def test_prism_serves_a_published_description() -> None:
    document = SPECS / "berlin-group" / "psd2-api_v1.3.11-2021-10-01v1.yaml"
    if not document.exists():
        node.missing("the published API descriptions are not here")
    with node.prism(document=document) as running:
        answer = httpx2.get(f"{running.url}/v1/accounts", headers={"X-Request-ID": "0" * 8, "Consent-ID": "1"})
        assert answer.headers["content-type"].startswith("application/"), running.said()


def test_the_lock_files_name_no_host() -> None:
    for lock in node.NODE.glob("*/package-lock.json"):
        assert "://" not in lock.read_text(), lock


def test_without_node_the_tests_say_so_and_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    node.installed.cache_clear()
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="STRANGER LEFT OUT"):
        node.installed("oidc")
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="CI is set"):
        node.installed("oidc")
