"""What a stranger does first: the demo without a network, a wheel outside the checkout, the README's commands."""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from support.processes import run

ROOT = Path(__file__).parents[2]


def test_the_demo_runs_with_everything_but_loopback_cut_off() -> None:
    command = [sys.executable, "-m", "support.offline", sys.executable, "-m", "fanlight", "demo"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.startswith("offline: ")
    assert "Done: every step was a real request over HTTP." in done.stdout
    for word in ("CHECKING", "MORTGAGE", "oauth/predirect_to/", "MD-API-TOKEN", "/oauth/consent", "POSTED"):
        assert word in done.stdout


def test_offline_means_offline() -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 9), 2)"
    command = [sys.executable, "-m", "support.offline", sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=30, check=False)
    assert done.returncode != 0
    assert "unreachable" in done.stderr or "offline: 192.0.2.1" in done.stderr


def test_the_demo_as_json_is_one_line() -> None:
    done = run("demo", "--json")
    assert json.loads(done.stdout)["done"] is True


def test_a_wheel_runs_a_sandbox_outside_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(ROOT)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("fanlight-*.whl")
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    # The libraries are this environment's; Fanlight itself is only the wheel's.
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True, timeout=120
    )
    link = next((place / "lib").glob("python*/site-packages")) / "libraries.pth"
    link.write_text("\n".join(libraries))
    where = [python, "-c", "import fanlight; print(fanlight.__file__)"]
    assert str(place) in subprocess.run(where, capture_output=True, text=True, cwd=tmp_path, check=True).stdout
    done = subprocess.run(
        [python, "-m", "fanlight", "demo", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["done"] is True


README = (ROOT / "README.md").read_text(encoding="utf-8")


def shell_blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)


BLOCKS = shell_blocks(README)


def test_every_make_target_of_the_readme_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {name for block in BLOCKS for name in re.findall(r"^make ([a-z-]+)", block, flags=re.MULTILINE)}
    assert named
    assert named <= targets


WALK = shell_blocks(README.split("<!-- walk -->")[1].split("<!-- /walk -->")[0])
AT_THE_END = """trap 'kill "$SANDBOX"' EXIT"""


def test_the_walk_of_the_readme_works_as_it_stands(tmp_path: Path) -> None:
    """The blocks between the marks, pasted one after the other into a shell; the last one shows transactions."""
    done = pasted(WALK, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONNECTED" in done.stdout
    assert '"total_entries"' in done.stdout


@pytest.mark.parametrize("name", ["planning", "notifications", "control"])
def test_the_commands_of_a_guide_work_after_the_walk(name: str, tmp_path: Path) -> None:
    """Of the walk without its last block. What a guide shows of answers has their fields, and their errors alone."""
    text = (ROOT / "docs" / "guide" / f"{name}.md").read_text(encoding="utf-8")
    start = WALK[0].replace("fanlight sandbox", "fanlight sandbox --today 2026-11-24 --institutions 0")
    assert start != WALK[0]
    done = pasted([start, AT_THE_END, *WALK[1:-1], "echo; echo GUIDE", *shell_blocks(text)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.split("GUIDE\n")[1]
    shown = "".join(re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL))
    assert {field for field in re.findall(r'"(\w+)":', shown) if f'"{field}":' not in answers} == set()
    errors = [re.findall(r'"error": ?{"code": ?([0-9]+)', each) for each in (shown, answers)]
    assert errors[0] == errors[1]


def pasted(blocks: list[str], tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Commands pasted one after the other into a shell that stops at the first one that fails."""
    bin_path = tmp_path / "bin"
    bin_path.mkdir()
    (bin_path / "fanlight").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fanlight "$@"\n')
    (bin_path / "fanlight").chmod(0o755)
    (bin_path / "python3").symlink_to(sys.executable)
    env = {**os.environ, "PATH": f"{bin_path}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE"])
def test_the_usual_files_are_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 200
