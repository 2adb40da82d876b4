"""Durable work."""

from sqlalchemy import Index, Table

from fanlight.storage.tables.columns import key, metadata, only, text_, whole

tasks = Table(
    "tasks",
    metadata,
    key(),
    text_("kind"),
    text_("payload"),
    # Who may be held up by it: tasks of one lane run only so many at once; empty for what is of none.
    text_("lane"),
    whole("run_at"),
    whole("attempts"),
    whole("leased_until"),
    Index("ix_tasks_run_at", "run_at", "id"),
    # So that what is of no lane is found however many others wait.
    Index("ix_tasks_laneless", "run_at", "id", **only("lane = ''")),
    sqlite_autoincrement=True,
)
