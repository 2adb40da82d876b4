"""requests_oauth2client from PyPI, pinned with all that it needs, in a folder outside the repository."""

import functools
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from strangers.node import INSTALL_SECONDS, missing, only_one, shared_cache

PINS = Path(__file__).parent / "pypi" / "requirements.txt"


@functools.cache
def installed() -> Path:
    """The folder to put on PYTHONPATH, made where it is not yet; the test is skipped, or fails in CI, without it."""
    named = f"{sys.version_info[:2]}{PINS.read_text()}".encode()
    place = shared_cache() / f"pypi-{hashlib.sha256(named).hexdigest()[:16]}"
    with only_one(place):
        if not place.is_dir():
            _install(place)
    return place


def _install(place: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=place.parent))
    try:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        command = [*pip, "--no-deps", "--target", str(unfinished), "-r", str(PINS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode != 0:
            missing(f"pip could not install requests_oauth2client: {done.stderr.strip()[-500:]}")
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
