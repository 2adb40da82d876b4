"""Which Chromium the tests drive: the one that was named, else one that is installed, else one that can be had.

A machine without one and without a way to get one fails the tests; `FANLIGHT_TEST_BROWSER=none` leaves them out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED = "FANLIGHT_TEST_BROWSER"
NONE = "none"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OF_PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
APT_UPDATE = ("apt-get", "update", "-q")
APT_INSTALL = ("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium")
PLAYWRIGHT_INSTALL = (sys.executable, "-m", "playwright", "install", "chromium")
APT_PATIENCE = 180
PLAYWRIGHT_PATIENCE = 180
INSTALL_PATIENCE = 2 * APT_PATIENCE + PLAYWRIGHT_PATIENCE + 60


class BrowserMissingError(Exception):
    """There is no Chromium here; the text says what to run."""


def is_left_out() -> bool:
    """Whether this run does without the browser tests, because somebody said so."""
    return os.environ.get(NAMED) == NONE


def must_install() -> bool:
    """Whether `executable` will take as long as an installer does."""
    return not os.environ.get(NAMED) and installed() is None


def executable() -> str:
    """The path of a Chromium, installed now if need be; raises BrowserMissingError."""
    found = installed()
    if found is not None:
        return found
    with _one_at_a_time():
        return installed() or _from_debian() or _from_playwright()


def installed() -> str | None:
    """The Chromium that was named or is here; raises BrowserMissingError for a name that leads nowhere."""
    named = os.environ.get(NAMED)
    if named:
        path = shutil.which(named)
        if path is None:
            raise BrowserMissingError(f"{NAMED}={named} is not a program that can be started.")
        return path
    for candidate in (*ON_PATH, *ON_MAC, *_of_playwright()):
        path = shutil.which(candidate)
        if path is not None:
            return path
    return None


def _of_playwright() -> list[str]:
    """The browsers that playwright has downloaded, newest first."""
    places = {"darwin": "Library/Caches/ms-playwright", "win32": "AppData/Local/ms-playwright"}
    default = Path.home() / places.get(sys.platform, ".cache/ms-playwright")
    place = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    found = [path for pattern in OF_PLAYWRIGHT for path in place.glob(pattern)]
    return [str(path) for path in sorted(found, key=lambda path: _revision(path, place), reverse=True)]


def _revision(path: Path, place: Path) -> int:
    """The number in `chromium-1200`."""
    digits = path.relative_to(place).parts[0].rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _from_debian() -> str | None:
    """Debian's package, where this is Debian and we may install; the lists are fetched once."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    if _succeeds(APT_UPDATE, APT_PATIENCE) and _succeeds(APT_INSTALL, APT_PATIENCE):
        return installed()
    return None


def _from_playwright() -> str:
    if _succeeds(PLAYWRIGHT_INSTALL, PLAYWRIGHT_PATIENCE):
        found = installed()
        if found is not None:
            return found
    raise BrowserMissingError(
        "The browser tests found no Chromium and could not install one. Run this, then the tests again:\n"
        f"    {' '.join(PLAYWRIGHT_INSTALL)} --with-deps\n"
        f"or name one with {NAMED}=/path/to/chromium, or leave these tests out with {NAMED}={NONE}."
    )


def _succeeds(command: tuple[str, ...], patience: int) -> bool:
    """Run an installer; what it says is shown with a failing test."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("browser tests:", *command, flush=True)
    try:
        done = subprocess.run(command, env=environment, timeout=patience, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"browser tests: {error}", flush=True)
        return False
    return done.returncode == 0


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Several workers may miss a browser at once; one installs it and the others find it."""
    path = Path(tempfile.gettempdir()) / "fanlight-browser-tests.lock"
    with path.open("a") as file:
        try:
            import fcntl  # noqa: PLC0415 - not on Windows, where an installer of its own does the locking
        except ImportError:
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
