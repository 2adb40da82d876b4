"""The operator's commands, each as a process of its own, and `serve` with what they made."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.processes import run, started

ENTRY = """
code = "some_bank"
name = "Some Bank"
client_secret = "{secret}"
[oauth]
issuer = "https://bank.example"
authorization_endpoint = "https://bank.example/authorize"
token_endpoint = "https://bank.example/token"
client_id = "me"
token_endpoint_auth_method = "client_secret_basic"
sender_constrained_tokens = "none"
[fdx]
base_url = "https://bank.example/fdx/v6"
"""


def ok(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def place(tmp_path: Path) -> str:
    where = str(tmp_path / "data")
    ok("keys", "new", "--data", where)
    return where


def test_a_client_from_its_making_to_its_end(place: str) -> None:
    made = ok("client", "create", "acme", "--redirect", "https://a.example/x", "--scheme", "acme", "--data", place)
    assert made["client_id"] == "acme"
    assert ok("client", "redirect", "list", "acme", "--data", place) == ["https://a.example/x"]
    ok("client", "origin", "add", "acme", "https://a.example", "--data", place)
    ok("client", "redirect", "remove", "acme", "https://a.example/x", "--data", place)
    assert ok("client", "redirect", "list", "acme", "--data", place) == []
    assert ok("client", "rotate-key", "acme", "--data", place)["api_key"] != made["api_key"]
    ok("client", "disable", "acme", "--data", place)
    assert ok("client", "list", "--data", place)[0]["disabled_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("client", "create", "a/b"), "letters, digits"),
        (("client", "create", "x", "--scheme", "javascript"), "cannot be registered"),
        (("client", "create", "x", "--redirect", "https://u@a.example/"), "user information"),
        (("client", "redirect", "add", "nobody", "https://a.example/"), "no client nobody"),
        (("user", "create", "nobody", "u1"), "no client nobody"),
        (("serve", "--port", "99999999"), "A setting is wrong"),
        (("serve", "--tls-cert", "x.pem"), "go together"),
    ],
)
def test_mistakes_are_one_clear_line(place: str, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, "--data", place)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("client", "list"),
        ("client", "feature", "acme"),
        ("client", "redirect", "list", "acme"),
        ("client", "routing-number", "list", "acme"),
        ("audit", "list"),
        ("institution", "list"),
        ("member", "list", "USR-none"),
        ("member", "show", "MBR-none"),
    ],
)
def test_looking_where_nothing_is_says_so_and_makes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, "--data", str(tmp_path / "typo"))
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"fanlight: There is no database in {tmp_path / 'typo'}: is this the right directory (--data)?\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_database_to_look_into(tmp_path: Path) -> None:
    (tmp_path / "fanlight.db").touch()
    assert "There is no database" in run("client", "list", "--data", str(tmp_path)).stderr
    assert (tmp_path / "fanlight.db").read_bytes() == b""


def test_institutions_are_listed_by_name_and_protocol(place: str, tmp_path: Path) -> None:
    for code, name, aliases in (
        ("one", "Banca \u00c9lan", []),
        ("two", "Second", ["the one beside"]),
        ("three", "Third", []),
    ):
        entry = tmp_path / "bank.toml"
        text = ENTRY.format(secret="x").replace("some_bank", code).replace("Some Bank", name)
        entry.write_text(f"aliases = {json.dumps(aliases)}\n{text}")
        ok("institution", "add", str(entry), "--data", place)

    def listed(*options: str) -> list[str]:
        return [row["code"] for row in ok("institution", "list", *options, "--data", place)]

    assert listed() == ["one", "two", "three"]
    assert listed("--name", "ELAN") == ["one"]
    assert listed("--name", "one") == ["one", "two"]
    assert listed("--name", "none") == []
    assert listed("--protocol", "fdx", "--name", "thir") == ["three"]
    assert listed("--protocol", "ofx") == []
    assert run("institution", "list", "--name", "none", "--data", place).stdout == "(none)\n"


def test_a_server_of_ones_own(place: str, tmp_path: Path) -> None:
    key = ok("client", "create", "acme", "--data", place)["api_key"]
    guid = ok("user", "create", "acme", "u1", "--data", place)["user_guid"]
    entry = tmp_path / "bank.toml"
    entry.write_text(ENTRY.format(secret="canary-secret"))
    institution = ok("institution", "add", str(entry), "--data", place)
    assert ok("institution", "list", "--data", place) == [institution]
    assert b"canary-secret" not in (Path(place) / "fanlight.db").read_bytes()
    with started("serve", "--port", "0", "--data", place) as running:
        ready = running.ready
        url = f"{ready['sso']}/acme/users/u1/api_token.json"
        token = httpx2.get(url, headers={"MD-API-KEY": key}).json()["api_token"]["token"]
        session = httpx2.post(f"{ready['nexus']}/sessions", headers={"MD-API-TOKEN": token}).json()["session"]
        running.ready["session_token"] = session["token"]
        assert running.call("GET", "/user").json()["user"]["guid"] == guid
        body = {"member": {"institution_guid": institution["guid"], "is_oauth": True}}
        member = running.call("POST", "/members", body).json()["member"]
        assert member["connection_status"] == "PENDING"
        _looks_like(member, place)
        late = ok("user", "create", "acme", "made-while-it-runs", "--data", place)
        assert late["user_guid"].startswith("USR-")
        assert running.stop() == 0


def _looks_like(member: dict[str, Any], place: str) -> None:
    """A member as the command line shows it, while the server runs."""
    (listed,) = ok("member", "list", member["user_guid"], "--data", place)
    shown = ok("member", "show", member["guid"], "--data", place)
    for name in ("guid", "name", "institution_code", "connection_status", "is_being_aggregated"):
        assert listed[name] == shown[name] == member[name]
    assert (shown["user_guid"], shown["refused_logins"], shown["most_recent_job_guid"]) == (
        member["user_guid"],
        0,
        None,
    )
    text = run("member", "show", member["guid"], "--data", place).stdout.splitlines()
    assert [line.split()[0] for line in text] == list(shown)
    assert member["guid"] in run("member", "list", member["user_guid"], "--data", place).stdout
    for arguments, said in ((("list", "USR-none"), "no user USR-none"), (("show", "MBR-none"), "no member MBR-none")):
        done = run("member", *arguments, "--data", place)
        assert (done.returncode, said in done.stderr) == (1, True)


def test_private_institutions_need_the_setting(place: str, tmp_path: Path) -> None:
    entry = tmp_path / "bank.toml"
    entry.write_text("allow_private = true\n" + ENTRY.format(secret="x").replace("https://bank", "http://bank"))
    assert "allow_private_institutions" in run("institution", "add", str(entry), "--data", place).stderr
    entry.write_text(ENTRY.format(secret="x").replace("https://bank.example/token", "http://bank.example/token"))
    assert "must be an https URL" in run("institution", "add", str(entry), "--data", place).stderr


def test_a_missing_or_wrong_key_is_a_clear_refusal(place: str, tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--data", place):
        pass
    (Path(place) / "fanlight.key").unlink()
    missing = run("serve", "--port", "0", "--data", place)
    assert (missing.returncode, "fanlight keys new" in missing.stderr) == (1, True)
    ok("keys", "new", "--data", place)
    wrong = run("serve", "--port", "0", "--data", place)
    assert (wrong.returncode, "not the one that this database was sealed with" in wrong.stderr) == (1, True)
    again = run("keys", "new", "--data", place)
    assert again.returncode == 1


def test_settings_come_from_flags_environment_file_and_defaults(tmp_path: Path) -> None:
    file = tmp_path / "fanlight.toml"
    file.write_text('port = 1\nhost = "127.0.0.2"\n')
    env = {"FANLIGHT_CONFIG": str(file), "FANLIGHT_PORT": "2", "FANLIGHT_KEY_FILE": "/secret/place"}
    shown = json.loads(run("config", "show", "--data", "/tmp/x", "--json", env=env).stdout)
    assert shown["data_dir"] == {"value": "/tmp/x", "origin": "flag"}
    assert shown["port"] == {"value": 2, "origin": "environment"}
    assert shown["host"] == {"value": "127.0.0.2", "origin": str(file)}
    assert shown["session_lifetime"] == {"value": 1800, "origin": "default"}
    assert "/secret/place" not in json.dumps(shown)
    file.write_text("prot = 1\n")
    assert "no setting prot" in run("config", "show", env=env).stderr
    file.write_text("port = [")
    assert "cannot be read" in run("config", "show", env=env).stderr
    assert "FANLIGHT_DURABILTY names no setting" in run("config", "show", env={"FANLIGHT_DURABILTY": "full"}).stderr


def test_migrate_makes_and_keeps_a_database(place: str) -> None:
    assert ok("migrate", "--data", place)["from"] == "none"
    assert ok("migrate", "--data", place)["from"] == ok("migrate", "--data", place)["to"]
    ok("client", "create", "acme", "--data", place)


def test_version_and_help() -> None:
    assert ok("version")["version"] == run("version").stdout.strip()
    assert run("--help").stdout.count("\n  ") >= 10
