"""How the browser tests come by a browser; nothing here starts or installs a real one."""

from pathlib import Path

import pytest

from browser import conftest, finding


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser, and without root; what is put into the folder is on its PATH."""
    monkeypatch.delenv(finding.NAMED, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr(finding, "ON_MAC", ())
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def program(path: Path, text: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_named_browser_comes_before_an_installed_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "chromium")
    monkeypatch.setenv(finding.NAMED, program(bare / "mine" / "my-chromium"))
    assert finding.executable() == str(bare / "mine" / "my-chromium")


def test_a_name_that_leads_nowhere_is_an_error_and_nothing_is_installed(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare / "chromium")
    monkeypatch.setenv(finding.NAMED, "/nowhere/chromium")
    with pytest.raises(finding.BrowserMissingError, match="/nowhere/chromium is not a program"):
        finding.executable()
    assert not finding.must_install()


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "chrome"])
def test_an_installed_browser_is_found(bare: Path, name: str) -> None:
    assert finding.must_install()
    path = program(bare / name)
    assert finding.executable() == path
    assert not finding.must_install()


def test_the_newest_browser_of_playwright_is_found(bare: Path) -> None:
    program(bare / "playwright" / "chromium-999" / "chrome-linux" / "chrome")
    newest = program(bare / "playwright" / "chromium-1200" / "chrome-linux" / "chrome")
    assert finding.executable() == newest


def test_debian_installs_its_package_after_one_update(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    log = bare / "log"
    made = f'echo "$@" >> {log}; if [ "$1" = install ]; then : > {bare}/chromium; /bin/chmod 755 {bare}/chromium; fi'
    program(bare / "apt-get", made)

    assert finding.executable() == str(bare / "chromium")

    assert log.read_text().splitlines() == [" ".join(finding.APT_UPDATE[1:]), " ".join(finding.APT_INSTALL[1:])]


def test_playwright_is_asked_where_debian_cannot_help(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = bare / "playwright" / "chromium-1" / "chrome-linux"
    made = f"/bin/mkdir -p {target}; : > {target}/chrome; /bin/chmod 755 {target}/chrome"
    monkeypatch.setattr(finding, "PLAYWRIGHT_INSTALL", (program(bare / "installer", made),))
    assert finding.executable() == str(target / "chrome")


def test_without_any_way_the_command_to_run_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PLAYWRIGHT_INSTALL", (program(bare / "installer", "exit 1"), "install"))
    with pytest.raises(finding.BrowserMissingError, match=f"{bare}/installer install --with-deps"):
        finding.executable()


def test_an_installer_that_hangs_is_given_up(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PLAYWRIGHT_INSTALL", (program(bare / "installer", "exec /bin/sleep 60"),))
    monkeypatch.setattr(finding, "PLAYWRIGHT_PATIENCE", 0.1)
    with pytest.raises(finding.BrowserMissingError):
        finding.executable()


def test_leaving_the_browser_out_is_said_aloud(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(finding.NAMED, finding.NONE)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    conftest.pytest_unconfigure()
    assert capfd.readouterr().err == ""

    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    conftest.pytest_unconfigure()
    assert conftest.LEFT_OUT in capfd.readouterr().err
