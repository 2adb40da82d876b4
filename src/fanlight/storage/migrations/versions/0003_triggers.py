"""The triggers that see every change of transactions and accounts."""

from alembic import op

revision = "0003"
down_revision = "0002"

# As the schema had them at this revision; later revisions change them, not this text.
_STATEMENTS = (
    """CREATE TRIGGER transaction_revised AFTER UPDATE OF revision ON transactions BEGIN
    DELETE FROM kept_answers WHERE id = old.id;
END""",
    """CREATE TRIGGER transaction_came AFTER INSERT ON transactions BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'month', substr(new.date, 1, 7)
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'words', new.description_key
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'words', new.merchant_guid
        WHERE new.merchant_guid IS NOT NULL
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', substr(t.date, 1, 7) FROM transactions t
        WHERE new.parent_id IS NOT NULL AND t.id = new.parent_id
        ON CONFLICT DO NOTHING;
END""",
    """CREATE TRIGGER transaction_changed AFTER UPDATE OF
    account_id,
    parent_id,
    status,
    transaction_type,
    amount,
    date,
    description_key,
    category_guid,
    merchant_guid,
    is_hidden,
    has_been_split,
    system,
    deleted_at
ON transactions
WHEN old.account_id IS NOT new.account_id
  OR old.parent_id IS NOT new.parent_id
  OR old.status IS NOT new.status
  OR old.transaction_type IS NOT new.transaction_type
  OR old.amount IS NOT new.amount
  OR old.date IS NOT new.date
  OR old.description_key IS NOT new.description_key
  OR old.category_guid IS NOT new.category_guid
  OR old.merchant_guid IS NOT new.merchant_guid
  OR old.is_hidden IS NOT new.is_hidden
  OR old.has_been_split IS NOT new.has_been_split
  OR old.system IS NOT new.system
  OR old.deleted_at IS NOT new.deleted_at BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'month', substr(old.date, 1, 7)
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'words', old.description_key
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'words', old.merchant_guid
        WHERE old.merchant_guid IS NOT NULL
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', substr(t.date, 1, 7) FROM transactions t
        WHERE old.parent_id IS NOT NULL AND t.id = old.parent_id
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'month', substr(new.date, 1, 7)
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'words', new.description_key
        WHERE true
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, new.user_id, 'words', new.merchant_guid
        WHERE new.merchant_guid IS NOT NULL
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', substr(t.date, 1, 7) FROM transactions t
        WHERE new.parent_id IS NOT NULL AND t.id = new.parent_id
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', substr(t.date, 1, 7) FROM transactions t
        WHERE new.has_been_split = 1 AND t.parent_id = new.id ON CONFLICT DO NOTHING;
END""",
    """CREATE TRIGGER transaction_went AFTER DELETE ON transactions
WHEN old.deleted_at IS NULL BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'month', substr(old.date, 1, 7)
        WHERE EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'words', old.description_key
        WHERE EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, old.user_id, 'words', old.merchant_guid
        WHERE old.merchant_guid IS NOT NULL AND EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', substr(t.date, 1, 7) FROM transactions t
        WHERE old.parent_id IS NOT NULL AND t.id = old.parent_id AND EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
        ON CONFLICT DO NOTHING;
END""",
    """CREATE TRIGGER account_came AFTER INSERT ON accounts BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        VALUES (0, new.user_id, 'table', 'accounts') ON CONFLICT DO NOTHING;
END""",
    """CREATE TRIGGER account_changed AFTER UPDATE OF
    feed,
    edits,
    is_closed,
    blocked_at,
    deleted_at
ON accounts
WHEN old.feed IS NOT new.feed
  OR old.edits IS NOT new.edits
  OR old.is_closed IS NOT new.is_closed
  OR old.blocked_at IS NOT new.blocked_at
  OR old.deleted_at IS NOT new.deleted_at BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        VALUES (0, new.user_id, 'table', 'accounts') ON CONFLICT DO NOTHING;
END""",
    """CREATE TRIGGER member_changed AFTER UPDATE OF deleted_at ON members
WHEN old.deleted_at IS NOT new.deleted_at BEGIN
    INSERT INTO stale (is_late, user_id, kind, name)
        VALUES (0, new.user_id, 'table', 'members') ON CONFLICT DO NOTHING;
END""",
)
# What is there already was never counted.
_FILLING = (
    """INSERT INTO stale (is_late, user_id, kind, name)
SELECT DISTINCT 0, user_id, 'month', substr(date, 1, 7) FROM transactions WHERE deleted_at IS NULL""",
    """INSERT INTO stale (is_late, user_id, kind, name)
SELECT DISTINCT 0, user_id, 'words', description_key FROM transactions WHERE deleted_at IS NULL""",
)


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_FILLING):
        op.execute(statement)


def downgrade() -> None:
    for trigger in (
        "transaction_revised", "transaction_came", "transaction_changed", "transaction_went", "account_came",
        "account_changed", "member_changed",
    ):  # fmt: skip
        op.execute(f"DROP TRIGGER {trigger}")
