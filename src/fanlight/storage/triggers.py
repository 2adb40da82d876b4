"""The triggers: being in the database, they see every change, whoever makes it.

One forgets the answer that was kept of a transaction when it changes. The others note what changed since a user's
planning was brought up to date: the months, words and merchants of transactions that come, go or change, and that
something became of an account. What is deleted with its user notes nothing more.
"""

_MONTH = "substr({row}.date, 1, 7)"
_WATCHED = (
    ("account_id", "parent_id", "status", "transaction_type", "amount", "date", "description_key", "category_guid")
    + ("merchant_guid",) + ("is_hidden", "has_been_split", "system", "deleted_at")
)  # fmt: skip
_WATCHED_OF_ACCOUNTS = ("feed", "edits", "is_closed", "blocked_at", "deleted_at")


def _note(row: str, *, of_user: str = "") -> str:
    """A transaction's month, words and merchant, and the months of what it is a part of or has as parts."""
    living, also = (f" WHERE {of_user}", f" AND {of_user}") if of_user else (" WHERE true", "")
    month, family = _MONTH.format(row=row), _MONTH.format(row="t")
    return f"""
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, {row}.user_id, 'month', {month}
       {living}
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, {row}.user_id, 'words', {row}.description_key
       {living}
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, {row}.user_id, 'words', {row}.merchant_guid
        WHERE {row}.merchant_guid IS NOT NULL{also}
        ON CONFLICT DO NOTHING;
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', {family} FROM transactions t
        WHERE {row}.parent_id IS NOT NULL AND t.id = {row}.parent_id{also}
        ON CONFLICT DO NOTHING;"""  # noqa: S608


def _note_parts(row: str) -> str:
    family = _MONTH.format(row="t")
    return f"""
    INSERT INTO stale (is_late, user_id, kind, name)
        SELECT 0, t.user_id, 'month', {family} FROM transactions t
        WHERE {row}.has_been_split = 1 AND t.parent_id = {row}.id ON CONFLICT DO NOTHING;"""  # noqa: S608


def _differs(names: tuple[str, ...]) -> str:
    return "\n  OR ".join(f"old.{name} IS NOT new.{name}" for name in names)


def _listed(names: tuple[str, ...]) -> str:
    return ",\n    ".join(names)


_USER_LIVES = "EXISTS (SELECT 1 FROM users WHERE id = old.user_id)"


def _note_table(name: str) -> str:
    insert = "INSERT INTO stale (is_late, user_id, kind, name)"
    return f"{insert}\n        VALUES (0, new.user_id, 'table', '{name}') ON CONFLICT DO NOTHING;"


TRIGGERS = (
    """CREATE TRIGGER transaction_revised AFTER UPDATE OF revision ON transactions BEGIN
    DELETE FROM kept_answers WHERE id = old.id;
END""",
    f"CREATE TRIGGER transaction_came AFTER INSERT ON transactions BEGIN{_note('new')}\nEND",
    f"""CREATE TRIGGER transaction_changed AFTER UPDATE OF
    {_listed(_WATCHED)}
ON transactions
WHEN {_differs(_WATCHED)} BEGIN{_note("old")}{_note("new")}{_note_parts("new")}
END""",
    f"""CREATE TRIGGER transaction_went AFTER DELETE ON transactions
WHEN old.deleted_at IS NULL BEGIN{_note("old", of_user=_USER_LIVES)}
END""",
    f"CREATE TRIGGER account_came AFTER INSERT ON accounts BEGIN\n    {_note_table('accounts')}\nEND",
    f"""CREATE TRIGGER account_changed AFTER UPDATE OF
    {_listed(_WATCHED_OF_ACCOUNTS)}
ON accounts
WHEN {_differs(_WATCHED_OF_ACCOUNTS)} BEGIN
    {_note_table("accounts")}
END""",
    f"""CREATE TRIGGER member_changed AFTER UPDATE OF deleted_at ON members
WHEN old.deleted_at IS NOT new.deleted_at BEGIN
    {_note_table("members")}
END""",
)
