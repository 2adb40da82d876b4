"""Clients, their users, and who may speak for them."""

from sqlalchemy import Column, Index, Table, Text

from fanlight.storage.tables.columns import bytes_, key, metadata, of, text_, whole

meta = Table("meta", metadata, Column("name", Text, primary_key=True), text_("value"))

clients = Table(
    "clients",
    metadata,
    key(),
    text_("guid", unique=True),
    text_("name", unique=True),
    bytes_("api_key_hash"),
    whole("loopback_redirects"),
    whole("confirm_page"),
    whole("require_confirmation"),
    text_("time_zone"),
    whole("created_at"),
    whole("disabled_at", nullable=True),
)

registrations = Table(
    "registrations",
    metadata,
    key(),
    of("clients"),
    text_("kind"),
    text_("value"),
    Index("ux_registrations", "client_id", "kind", "value", unique=True),
)

users = Table(
    "users",
    metadata,
    key(),
    of("clients"),
    text_("guid", unique=True),
    text_("external_id"),
    text_("birthdate", nullable=True),
    whole("credit_score", nullable=True),
    text_("email", nullable=True),
    text_("first_name", nullable=True),
    text_("last_name", nullable=True),
    text_("gender", nullable=True),
    text_("phone", nullable=True),
    text_("zip_code", nullable=True),
    text_("metadata", nullable=True),
    whole("is_disabled"),
    whole("is_excluded_from_analytics"),
    whole("logged_in_at", nullable=True),
    whole("revision"),
    whole("created_at"),
    whole("updated_at"),
    Index("ux_users_external_id", "client_id", "external_id", unique=True),
    sqlite_autoincrement=True,
)

api_tokens = Table(
    "api_tokens",
    metadata,
    key(),
    of("users"),
    bytes_("secret_hash"),
    whole("expires_at"),
    Index("ix_api_tokens_user_id", "user_id"),
    Index("ix_api_tokens_expires_at", "expires_at"),
)

# What every request needs of its user stands in the session row: one statement is the whole authentication.
sessions = Table(
    "sessions",
    metadata,
    key(),
    of("users"),
    text_("user_guid"),
    whole("client_id"),
    bytes_("secret_hash"),
    whole("expires_at"),
    Index("ix_sessions_user_id", "user_id"),
)

# What was done, by whom, to what: no foreign keys, nothing of a person. The key is the place in the chain of hashes; a
# row without one is older than the chain, and is taken into it by the next act.
audit = Table(
    "audit",
    metadata,
    key(),
    whole("at"),
    whole("client_id"),
    text_("action"),
    text_("subject_guid"),
    text_("detail", nullable=True),
    bytes_("hash", nullable=True),
    Index("ix_audit_client_id", "client_id", "id"),
    Index("ix_audit_subject_guid", "subject_guid", "id"),
)
