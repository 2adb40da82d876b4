"""What was gathered or is held for a partner."""

from sqlalchemy import Index, Table

from fanlight.storage.tables.columns import bytes_, key, metadata, of, only, text_, whole

accounts = Table(
    "accounts",
    metadata,
    key(),
    of("users"),
    of("members"),
    text_("guid", unique=True),
    text_("provider_id"),
    text_("feed"),
    text_("edits"),
    whole("is_closed"),
    whole("created_at"),
    whole("updated_at"),
    whole("imported_at"),
    whole("deleted_at", nullable=True),
    Index("ix_accounts_user_id", "user_id", "id"),
    Index("ix_accounts_member_id", "member_id", "provider_id"),
    Index("ix_accounts_deleted_at", "deleted_at", **only("deleted_at IS NOT NULL")),
)

account_numbers = Table(
    "account_numbers",
    metadata,
    key(),
    of("users"),
    whole("member_id"),
    of("accounts"),
    text_("guid", unique=True),
    text_("partner_id", nullable=True),
    bytes_("sealed"),
    whole("passed_validation", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_account_numbers_account_id", "account_id", "id"),
    Index("ix_account_numbers_user_id", "user_id", "member_id", "id"),
)

account_owners = Table(
    "account_owners",
    metadata,
    key(),
    of("users"),
    whole("member_id"),
    of("accounts"),
    bytes_("sealed"),
    Index("ix_account_owners_account_id", "account_id", "id"),
    Index("ix_account_owners_user_id", "user_id", "member_id", "id"),
)

# The fingerprint `partner` marks what a partner keeps; a picture of a check shows an account number, so it is sealed.
transactions = Table(
    "transactions",
    metadata,
    key(),
    of("users"),
    of("accounts"),
    whole("member_id"),
    text_("guid", unique=True),
    text_("provider_id", nullable=True),
    text_("fingerprint"),
    whole("status"),
    whole("amount"),
    text_("date"),
    text_("feed"),
    text_("edits"),
    bytes_("check_image", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ix_transactions_user_id", "user_id", "date", "id"),
    Index("ix_transactions_account_id", "account_id", "date", "id"),
    Index("ix_transactions_member_id", "member_id", "date", "id"),
    Index("ux_transactions_partner", "account_id", "provider_id", unique=True, **only("fingerprint = 'partner'")),
)

holdings = Table(
    "holdings",
    metadata,
    key(),
    of("users"),
    of("accounts"),
    whole("member_id"),
    text_("guid", unique=True),
    text_("provider_id", nullable=True),
    text_("feed"),
    text_("edits"),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_holdings_user_id", "user_id", "id"),
    Index("ix_holdings_account_id", "account_id", "provider_id"),
    Index("ix_holdings_member_id", "member_id", "id"),
)
