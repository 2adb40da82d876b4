"""Alembic's environment: one connection, one transaction, this project's tables."""

from alembic import context
from sqlalchemy import create_engine

from fanlight.storage.tables import metadata
from fanlight.storage.tables.columns import make_partial_for_postgresql

make_partial_for_postgresql()

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        # The search index is no table of the metadata: it is not to be dropped for that.
        include_object=lambda _thing, _name, _kind, reflected, other: not (reflected and other is None),
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
