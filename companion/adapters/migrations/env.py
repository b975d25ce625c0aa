"""How alembic reaches the database: all migrations of a start in one transaction, DDL included."""

import sqlite3
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import ConnectionPoolEntry

file: Path = context.config.attributes["file"]
engine = create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": 10})


@event.listens_for(engine, "connect")
def _own_transactions(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None


@event.listens_for(engine, "begin")
def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _run(connection: Any) -> None:
    context.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


with engine.connect() as opened:
    _run(opened)
    opened.commit()
