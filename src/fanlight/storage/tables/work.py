"""Durable work."""

from sqlalchemy import Index, Table

from fanlight.storage.tables.columns import key, metadata, text_, whole

tasks = Table(
    "tasks",
    metadata,
    key(),
    text_("kind"),
    text_("payload"),
    # Who may be held up by it: tasks of one lane run only so many at once.
    text_("lane"),
    whole("run_at"),
    whole("attempts"),
    whole("leased_until"),
    Index("ix_tasks_run_at", "run_at", "id"),
    sqlite_autoincrement=True,
)
