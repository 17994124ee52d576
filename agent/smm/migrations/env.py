"""Alembic's entry: runs the migrations on the database that `agent.smm.database.migrate` names.

On PostgreSQL one host migrates at a time. A step that cannot get its lock within five seconds gives up, rather than
block everybody behind it: run the migration again.
"""

from alembic import context
from sqlalchemy import create_engine, text

from agent.smm.models import Base

_ONE_AT_A_TIME = 0x65506C7573

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _ONE_AT_A_TIME})
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
