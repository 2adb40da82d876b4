"""What was gathered or is held for a partner."""

from sqlalchemy import Column, ForeignKey, Index, Table

from fanlight.storage.tables.columns import KEY, bytes_, key, metadata, of, only, text_, whole

# `number_key` is a keyed fingerprint of the whole account number, by which an account is known again; `findings` tells
# what an operator should look at, such as a gap between running balances.
accounts = Table(
    "accounts",
    metadata,
    key(),
    of("users"),
    of("members"),
    text_("guid", unique=True),
    text_("provider_id"),
    text_("number_key", nullable=True),
    text_("feed"),
    text_("edits"),
    text_("findings", nullable=True),
    whole("is_closed"),
    whole("created_at"),
    whole("updated_at"),
    whole("imported_at"),
    whole("blocked_at", nullable=True),
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

# Three sides say what a transaction is: `feed`, `system` (enrichment) and `edits` (its user). The columns beside them
# are what comes out of these, for filters, rules and sums. `wire` keeps an answer that was made once, until anything
# changes: every change raises `revision` and clears it, and `wire_mark` says how it was made. The fingerprint `partner`
# marks what a partner keeps; a picture of a check shows an account number, so it is sealed. `doubt` says why merge was
# not sure of a row. They go with their account: a key of the user's would be looked for in all of them when a user is
# deleted, for no index has every row.
transactions = Table(
    "transactions",
    metadata,
    key(),
    whole("user_id"),
    of("accounts"),
    whole("member_id"),
    text_("guid", unique=True),
    of("transactions", "parent_id", nullable=True),
    text_("provider_id", nullable=True),
    text_("fingerprint"),
    text_("doubt", nullable=True),
    whole("status"),
    whole("transaction_type"),
    whole("amount"),
    text_("date"),
    text_("description"),
    text_("description_key"),
    text_("category_guid"),
    text_("merchant_guid", nullable=True),
    whole("rule_id", nullable=True),
    whole("is_hidden"),
    whole("has_been_split"),
    text_("feed"),
    text_("system"),
    text_("edits"),
    whole("revision"),
    bytes_("check_image", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ix_transactions_user_id", "user_id", "date", "id", "account_id", "deleted_at", **only("deleted_at IS NULL")),
    # Nothing is older than that: the condition keeps the index for those who ask for moments.
    Index("ix_transactions_updated_at", "user_id", "updated_at", **only("deleted_at IS NULL AND created_at > 0")),
    # Both have what makes a group of movements (planning): so the newest of one are read alone, and which groups there
    # are is told without reading any.
    Index(
        "ix_transactions_description_key",
        "user_id",
        "description_key",
        "merchant_guid",
        "account_id",
        "transaction_type",
        "date",
        **only("deleted_at IS NULL"),
    ),
    Index(
        "ix_transactions_merchant_guid",
        "user_id",
        "merchant_guid",
        "account_id",
        "transaction_type",
        "date",
        **only("deleted_at IS NULL AND merchant_guid IS NOT NULL"),
    ),
    Index("ix_transactions_account_id", "account_id", "date", "id"),
    Index("ix_transactions_parent_id", "parent_id", **only("parent_id IS NOT NULL")),
    Index("ix_transactions_rule_id", "rule_id", **only("rule_id IS NOT NULL")),
    Index("ix_transactions_deleted_at", "deleted_at", **only("deleted_at IS NOT NULL")),
    Index("ix_transactions_twin", "user_id", **only("deleted_at IS NULL AND system LIKE '%\"twin\"%'")),
    Index("ix_transactions_edited", "account_id", **only("edits <> ''")),
    Index("ux_transactions_partner", "account_id", "provider_id", unique=True, **only("fingerprint = 'partner'")),
    sqlite_autoincrement=True,
)

# Answers that were made once, each until its transaction changes (storage/triggers.py); `mark` says how it was made.
# Apart, for a row that grows is torn apart on the disk.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("id", KEY, ForeignKey("transactions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    whole("mark"),
    bytes_("wire"),
)

# What an institution answered, as it came, so that merge and enrichment can be run again. They go with their member.
raw_payloads = Table(
    "raw_payloads",
    metadata,
    key(),
    whole("user_id"),
    of("members"),
    text_("job_guid"),
    bytes_("sealed"),
    whole("size"),
    whole("created_at"),
    Index("ix_raw_payloads_member_id", "member_id", "id"),
    Index("ix_raw_payloads_created_at", "created_at"),
)

# A position that an institution does not tell any more keeps its row for a while: it may come back.
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
    whole("cost_basis_updated_at", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ix_holdings_user_id", "user_id", "id"),
    Index("ix_holdings_account_id", "account_id", "provider_id"),
    Index("ix_holdings_member_id", "member_id", "id"),
    Index("ix_holdings_deleted_at", "deleted_at", **only("deleted_at IS NOT NULL")),
)
