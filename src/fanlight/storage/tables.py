"""Every table. Times are Unix seconds, amounts whole millionths, feeds and edits JSON text.

`user_id` leads the indexes of a user's data. Rows that a client can name have a `guid`; integer keys stay inside.
Where a key is held over a wait (a job in flight, a window, a task) it never comes back for another row: autoincrement.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rowids only in a column of exactly INTEGER.
KEY = BigInteger().with_variant(Integer, "sqlite")


def _key() -> Column[int]:
    return Column("id", KEY, primary_key=True, autoincrement=True)


def _of(table: str, name: str | None = None, *, nullable: bool = False) -> Column[int]:
    reference = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name or f"{table[:-1]}_id", KEY, reference, nullable=nullable)


def _text(name: str, *, nullable: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, unique=unique)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


_LIVING_PARTNER_HELD = "partner_id IS NOT NULL AND deleted_at IS NULL"

meta = Table("meta", metadata, Column("name", Text, primary_key=True), _text("value"))

clients = Table(
    "clients",
    metadata,
    _key(),
    _text("guid", unique=True),
    _text("name", unique=True),
    _bytes("api_key_hash"),
    _whole("loopback_redirects"),
    _whole("confirm_page"),
    _whole("created_at"),
    _whole("disabled_at", nullable=True),
)

registrations = Table(
    "registrations",
    metadata,
    _key(),
    _of("clients"),
    _text("kind"),
    _text("value"),
    Index("ux_registrations", "client_id", "kind", "value", unique=True),
)

users = Table(
    "users",
    metadata,
    _key(),
    _of("clients"),
    _text("guid", unique=True),
    _text("external_id"),
    _text("birthdate", nullable=True),
    _whole("credit_score", nullable=True),
    _text("email", nullable=True),
    _text("first_name", nullable=True),
    _text("last_name", nullable=True),
    _text("gender", nullable=True),
    _text("phone", nullable=True),
    _text("zip_code", nullable=True),
    _text("metadata", nullable=True),
    _whole("is_disabled"),
    _whole("is_excluded_from_analytics"),
    _whole("logged_in_at", nullable=True),
    _whole("revision"),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ux_users_external_id", "client_id", "external_id", unique=True),
    sqlite_autoincrement=True,
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _key(),
    _of("users"),
    _bytes("secret_hash"),
    _whole("expires_at"),
    Index("ix_api_tokens_user_id", "user_id"),
    Index("ix_api_tokens_expires_at", "expires_at"),
)

# What every request needs of its user stands in the session row: one statement is the whole authentication.
sessions = Table(
    "sessions",
    metadata,
    _key(),
    _of("users"),
    _text("user_guid"),
    _whole("client_id"),
    _bytes("secret_hash"),
    _whole("expires_at"),
    Index("ix_sessions_user_id", "user_id"),
)

institutions = Table(
    "institutions",
    metadata,
    _key(),
    _text("guid", unique=True),
    _text("code", unique=True),
    _text("name"),
    _text("aliases", nullable=True),
    _text("url", nullable=True),
    _text("routing_number", nullable=True),
    _text("country"),
    _text("forgot_password_url", nullable=True),
    _text("forgot_username_url", nullable=True),
    _text("trouble_signing_in_url", nullable=True),
    _text("protocol"),
    _text("details"),
    _bytes("secrets", nullable=True),
    _whole("supports_oauth"),
    _whole("supports_account_verification"),
    _whole("supports_account_identification"),
    _whole("supports_transaction_history"),
    _whole("is_test"),
    _whole("is_hidden"),
    _whole("popularity"),
    _whole("created_at"),
    _whole("updated_at"),
)

institution_credentials = Table(
    "institution_credentials",
    metadata,
    _key(),
    _of("institutions"),
    _text("guid", unique=True),
    _text("field_name"),
    _whole("field_type"),
    _text("label"),
    _whole("display_order"),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ix_institution_credentials_institution_id", "institution_id"),
)

members = Table(
    "members",
    metadata,
    _key(),
    _of("users"),
    _of("institutions"),
    _text("guid", unique=True),
    _text("name"),
    _text("external_guid", nullable=True),
    _text("metadata", nullable=True),
    _text("partner_id", nullable=True),
    _text("partner_institution_id", nullable=True),
    _whole("partner_disabled", nullable=True),
    _whole("is_oauth"),
    _whole("status", nullable=True),
    _whole("is_being_aggregated"),
    _whole("background_aggregation_is_disabled"),
    _text("use_cases", nullable=True),
    _text("job_guid", nullable=True),
    _whole("denials"),
    _whole("failures"),
    _whole("challenged_until", nullable=True),
    _whole("aggregated_at", nullable=True),
    _whole("successfully_aggregated_at", nullable=True),
    _whole("revision"),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("expires_at", nullable=True),
    _whole("deleted_at", nullable=True),
    Index("ix_members_user_id", "user_id", "id"),
    Index("ux_members_partner_id", "user_id", "partner_id", unique=True, **_only(_LIVING_PARTNER_HELD)),
    Index("ix_members_external_guid", "external_guid"),
    Index("ix_members_expires_at", "expires_at"),
    Index("ix_members_deleted_at", "deleted_at"),
    sqlite_autoincrement=True,
)

member_credentials = Table(
    "member_credentials",
    metadata,
    _key(),
    _of("members"),
    _of("institution_credentials"),
    _text("guid", unique=True),
    _bytes("sealed"),
    _bytes("blind"),
    _text("metadata", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ux_member_credentials", "member_id", "institution_credential_id", unique=True),
    sqlite_autoincrement=True,
)

# The member is not a foreign key: who polls a state learns its end although the member is gone.
oauth_states = Table(
    "oauth_states",
    metadata,
    _key(),
    _of("users"),
    _whole("member_id"),
    _text("guid", unique=True),
    _text("member_guid"),
    _text("inbound_member_guid", nullable=True),
    _bytes("token_hash"),
    _text("phase"),
    _whole("auth_status"),
    _whole("error_reason", nullable=True),
    _text("referral_source"),
    _text("url_scheme", nullable=True),
    _text("client_redirect_url", nullable=True),
    _whole("skip_aggregation"),
    _bytes("state_hash", nullable=True),
    _bytes("cookie_hash", nullable=True),
    _bytes("sealed", nullable=True),
    _whole("expires_at"),
    _whole("first_retrieved_at", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ix_oauth_states_user_id", "user_id", "id"),
    # Partial: only what waits is in it, so that the many finished ones cost nothing.
    Index("ix_oauth_states_waiting", "expires_at", **_only("phase <> 'finished'")),
    sqlite_autoincrement=True,
)

# No foreign keys to user and member: a grant outlives them until it has been revoked at the institution.
grants = Table(
    "grants",
    metadata,
    _key(),
    _whole("user_id"),
    _whole("client_id"),
    _whole("member_id"),
    _of("institutions"),
    _whole("generation"),
    _text("status"),
    _text("subject", nullable=True),
    _bytes("sealed"),
    _whole("access_expires_at"),
    _whole("refresh_started_at", nullable=True),
    _whole("refresh_number"),
    _whole("retired_at", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ux_grants_generation", "member_id", "generation", unique=True),
    Index("ix_grants_subject", "user_id", "institution_id", "subject"),
    sqlite_autoincrement=True,
)

jobs = Table(
    "jobs",
    metadata,
    _key(),
    _of("users"),
    _of("members"),
    _text("guid", unique=True),
    _whole("kind"),
    _whole("status"),
    _whole("is_authenticated"),
    _whole("include_transactions"),
    _bytes("conversation", nullable=True),
    _text("error_message", nullable=True),
    _whole("error_code", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("started_at", nullable=True),
    _whole("finished_at", nullable=True),
    Index("ix_jobs_user_id", "user_id", "id"),
    Index("ix_jobs_member_id", "member_id"),
)

# What an institution asks in the middle of a job; the answer is sealed, and gone once the institution has seen it.
challenges = Table(
    "challenges",
    metadata,
    _key(),
    _of("users"),
    _of("members"),
    _of("jobs"),
    _text("guid", unique=True),
    _text("provider_id"),
    _text("type"),
    _text("label"),
    _text("image_data", nullable=True),
    _text("options"),
    _bytes("answer", nullable=True),
    _whole("created_at"),
    Index("ix_challenges_member_id", "member_id", "id"),
    Index("ix_challenges_job_id", "job_id"),
)

accounts = Table(
    "accounts",
    metadata,
    _key(),
    _of("users"),
    _of("members"),
    _text("guid", unique=True),
    _text("provider_id"),
    _text("feed"),
    _text("edits"),
    _whole("is_closed"),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("imported_at"),
    _whole("deleted_at", nullable=True),
    Index("ix_accounts_user_id", "user_id", "id"),
    Index("ix_accounts_member_id", "member_id", "provider_id"),
    Index("ix_accounts_deleted_at", "deleted_at", **_only("deleted_at IS NOT NULL")),
)

account_numbers = Table(
    "account_numbers",
    metadata,
    _key(),
    _of("users"),
    _whole("member_id"),
    _of("accounts"),
    _text("guid", unique=True),
    _text("partner_id", nullable=True),
    _bytes("sealed"),
    _whole("passed_validation", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ix_account_numbers_account_id", "account_id", "id"),
    Index("ix_account_numbers_member_id", "member_id", "id"),
)

account_owners = Table(
    "account_owners",
    metadata,
    _key(),
    _of("users"),
    _whole("member_id"),
    _of("accounts"),
    _bytes("sealed"),
    Index("ix_account_owners_account_id", "account_id", "id"),
    Index("ix_account_owners_member_id", "member_id", "id"),
)

# The fingerprint `partner` marks what a partner keeps; a picture of a check shows an account number, so it is sealed.
transactions = Table(
    "transactions",
    metadata,
    _key(),
    _of("users"),
    _of("accounts"),
    _whole("member_id"),
    _text("guid", unique=True),
    _text("provider_id", nullable=True),
    _text("fingerprint"),
    _whole("status"),
    _whole("amount"),
    _text("date"),
    _text("feed"),
    _text("edits"),
    _bytes("check_image", nullable=True),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("deleted_at", nullable=True),
    Index("ix_transactions_user_id", "user_id", "date", "id"),
    Index("ix_transactions_account_id", "account_id", "date", "id"),
    Index("ix_transactions_member_id", "member_id", "date", "id"),
    Index("ux_transactions_partner", "account_id", "provider_id", unique=True, **_only("fingerprint = 'partner'")),
)

holdings = Table(
    "holdings",
    metadata,
    _key(),
    _of("users"),
    _of("accounts"),
    _whole("member_id"),
    _text("guid", unique=True),
    _text("provider_id", nullable=True),
    _text("feed"),
    _text("edits"),
    _whole("created_at"),
    _whole("updated_at"),
    Index("ix_holdings_user_id", "user_id", "id"),
    Index("ix_holdings_account_id", "account_id", "provider_id"),
    Index("ix_holdings_member_id", "member_id", "id"),
)

# What was done to data that is gone: no foreign keys, nothing of a person.
audit = Table(
    "audit",
    metadata,
    _key(),
    _whole("at"),
    _whole("client_id"),
    _text("action"),
    _text("subject_guid"),
    _text("detail", nullable=True),
    Index("ix_audit_client_id", "client_id", "id"),
)

tasks = Table(
    "tasks",
    metadata,
    _key(),
    _text("kind"),
    _text("payload"),
    _whole("run_at"),
    _whole("attempts"),
    _whole("leased_until"),
    Index("ix_tasks_run_at", "run_at", "id"),
    sqlite_autoincrement=True,
)
