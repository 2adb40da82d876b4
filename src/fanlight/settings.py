"""Settings: flags, then environment (`FANLIGHT_PORT`), then a TOML file, then defaults; one frozen value at the end."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from fanlight.base.errors import OperatorError
from fanlight.base.redaction import MASK

Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]

PREFIX = "FANLIGHT_"
FILE_VARIABLE = "FANLIGHT_CONFIG"
TESTS = "FANLIGHT_TEST_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit and place there is. Times are seconds, sizes bytes."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    """How browsers reach this server; empty means `http(s)://host:port`. Never taken from a Host header."""
    data_dir: str = "fanlight-data"
    key_file: str = ""
    """The master key; empty means `fanlight.key` in `data_dir`."""
    durability: Literal["normal", "full"] = "normal"
    """`full` syncs the disk on every commit; grants and credentials always are."""
    tls_cert: str = ""
    tls_key: str = ""
    trusted_proxies: str = ""
    """Addresses, comma separated, whose X-Forwarded-For and -Proto are believed."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    max_body: Positive = 1 << 20
    api_token_lifetime: Positive = 600
    session_lifetime: Positive = 1800
    window_lifetime: Positive = 3600
    attempt_lifetime: Positive = 900
    """How long a person may take between opening a window and coming back from the institution."""
    confirmation_lifetime: Positive = 600
    """How long a grant waits for its confirmation, where a client has to confirm; then it is revoked."""
    pending_lifetime: Positive = 3600
    redemption_timeout: Positive = 120
    """After this a callback whose redemption never came back counts as failed."""
    access_token_lifetime: Positive = 300
    """How long an access token is taken to live of which its server does not say it."""
    refresh_timeout: Positive = 45
    """How long a refresh may take; it has to be shorter than `refresh_lease`."""
    refresh_lease: Positive = 120
    """How long others wait for whoever refreshes a grant; after it the outcome counts as unknown."""
    revocation_retention: Positive = 14 * 86_400
    """For how long a revocation is tried that an institution does not take; then the tokens are erased all the same."""
    consent_batch: Positive = 200
    """How many consents are looked at in one sweep."""
    longest_block: Natural = 3600
    """How long an institution that asks to be left alone is left alone by all of its members, once it said so to
    those of two users, at the most; 0: only by the member that it said it to."""
    state_retention: Positive = 30 * 86_400
    deleted_retention: Natural = 14 * 86_400
    sweep_interval: Positive = 60

    planning_batch: Positive = 100
    """Of how many users planning is brought up to date in one sweep, where no aggregation or request did."""

    told_retention: Positive = 730 * 86_400
    """How long notifications and insights are kept; lists show less."""
    outbox_retention: Positive = 30 * 86_400

    smtp_host: str = ""
    """The mail server that takes the e-mails of notifications; empty means that none are sent."""
    smtp_port: Port = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    """With `starttls` and `tls` nothing is sent unless the server's certificate is good."""
    smtp_user: str = ""
    smtp_password_file: str = ""
    """A file with the password of `smtp_user`."""
    smtp_from: str = ""
    """Who e-mails are from: `Fanlight <fanlight@example.com>`."""
    smtp_timeout: Positive = 20
    mail_attempts: Positive = 10
    """How often an e-mail is tried that the mail server does not take; the pauses grow from a minute to four hours."""

    microdeposit_attempts: Positive = 3
    microdeposit_accounts_per_email: Positive = 3
    microdeposit_retention: Positive = 21 * 86_400
    """How long a microdeposit may stay unfinished, and how long wrong tries are remembered."""
    microdeposits_per_user: Positive = 25
    """How many of them a user may have unfinished."""
    simulated_ach: bool = False
    """Order microdeposits at the simulated ACH network, which pays nothing; off, none can be ordered."""

    history_days: Positive = 90
    extended_history_days: Positive = 730
    aggregation_throttle: Natural = 10_800
    balance_throttle: Natural = 7_200
    challenge_lifetime: Positive = 600
    """How long a person may take to answer a challenge."""
    delayed_after: Natural = 30
    """After how many seconds without a sign-on a member is DELAYED."""
    aggregation_timeout: Positive = 900
    queue_concurrency: Positive = 32
    queue_lane_concurrency: Positive = 8
    """How many jobs and revocations of one institution run at once: a slow one does not hold up the others."""
    queue_reserved: Natural = 4
    """Slots beside queue_concurrency for what waits for no institution, such as the end of a challenge."""
    task_attempts: Positive = 5

    institution_timeout: Positive = 20
    institution_max_bytes: Positive = 8 << 20
    institution_max_pages: Positive = 500
    institution_max_records: Positive = 200_000
    """Of one list, and of the transactions of all accounts in one run."""
    institution_max_accounts: Positive = 500
    """How many accounts one member may bring."""
    institution_attempts: Positive = 3
    recording_max_bytes: Natural = 4 << 20
    """How much of what an institution answers in one run is kept, compressed and sealed, for a replay; 0: nothing."""
    recording_retention: Positive = 14 * 86_400
    """How long it is kept."""
    recordings_per_member: Positive = 5
    """Of how many runs, the newest ones."""
    allow_private_institutions: bool = False
    """Let institutions with `allow_private` be on loopback and private addresses."""

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def key_path(self) -> Path:
        return Path(self.key_file) if self.key_file else self.data_path / "fanlight.key"


class Loaded(NamedTuple):
    """The settings, and for each name where its value came from."""

    settings: Settings
    origins: dict[str, str]


class SettingsError(OperatorError):
    """A setting has a wrong form or an unknown name; the message says which and where."""


def load(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Loaded:
    """Gather the settings; raises SettingsError."""
    env = os.environ if environment is None else environment
    layers = [("default", {}), *_file_layers(env.get(FILE_VARIABLE)), ("environment", _from_environment(env))]
    layers.append(("flag", {name: value for name, value in flags.items() if value is not None}))
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    for origin, layer in layers:
        for name, value in layer.items():
            if name not in origins:
                raise SettingsError(f"There is no setting {name} ({origin}).")
            values[name], origins[name] = value, origin
    try:
        return Loaded(msgspec.convert(values, Settings, strict=False), origins)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting is wrong: {error}") from error


def show(loaded: Loaded) -> dict[str, dict[str, Any]]:
    """Each setting with its value and origin, as `fanlight config show` prints them; the key is a path, never shown."""
    return {
        name: {"value": MASK if _is_secret(name) and value else value, "origin": loaded.origins[name]}
        for name, value in msgspec.structs.asdict(loaded.settings).items()
    }


def _is_secret(name: str) -> bool:
    return name in ("key_file", "tls_key", "smtp_password_file")


def _from_environment(env: Mapping[str, str]) -> dict[str, str]:
    """What the environment sets. Raises SettingsError for a variable of ours that names no setting."""
    known = {PREFIX + name.upper(): name for name in Settings.__struct_fields__}
    for name in env:
        if name.startswith(PREFIX) and name not in known and name != FILE_VARIABLE and not name.startswith(TESTS):
            raise SettingsError(f"The environment variable {name} names no setting.")
    return {known[key]: value for key, value in env.items() if key in known}


def _file_layers(path: str | None) -> list[tuple[str, dict[str, Any]]]:
    if not path:
        return []
    try:
        return [(path, tomllib.loads(Path(path).read_text(encoding="utf-8")))]
    except (OSError, ValueError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}") from error
