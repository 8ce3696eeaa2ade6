"""How Alembic reaches the database: through the application it is run in."""

from alembic import context
from flask import current_app

from api import models
from api.core.database import Base, db

TABLES = models.__all__  # imported, so that the metadata knows them
LOCK_TIMEOUT = "SET lock_timeout = '5s'"  # a change that has to wait gives way to the service


def run() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(LOCK_TIMEOUT)
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


if not current_app:
    raise RuntimeError("run migrations with `rollbook migrate`")
run()
