"""One SQLite file that keeps its connections and its compiled statements.

Dagster's own SQLite storages build an engine, open a connection and compile every statement anew
for each event. That, and not SQLite, is where the time of a large run goes.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as db
from filelock import FileLock
from sqlalchemy.engine import Connection
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_SECONDS = 60
KEPT_CONNECTIONS = 5


class Database:
    """What `transaction` commits survives the death of any process; many processes may write.

    The file is in WAL mode with `synchronous=NORMAL`. A committed event is in the operating
    system's hands, so `kill -9` loses nothing. A power cut can lose the last moments but never
    corrupts the file, which `synchronous=OFF` could; on kept connections OFF gains next to nothing.
    """

    def __init__(self, path: Path) -> None:
        self._process = os.getpid()
        self._thread = threading.local()
        self._engine = db.create_engine(
            db.URL.create("sqlite", database=str(path)),
            poolclass=QueuePool,
            pool_size=KEPT_CONNECTIONS,
            # The webserver asks from many threads: more connections may open, five are kept.
            max_overflow=-1,
            connect_args={
                "timeout": BUSY_TIMEOUT_SECONDS,
                # Take the write lock when a transaction begins. One that reads first and asks for
                # the lock later fails at once, without waiting, if another process wrote meanwhile.
                "isolation_level": "IMMEDIATE",
            },
        )
        db.event.listen(self._engine, "connect", _set_pragmas)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One connection, one commit, for all that this thread does until the outermost exit."""
        self._forget_connections_of_parent_process()
        current: Connection | None = getattr(self._thread, "connection", None)
        if current is not None:
            yield current
            return
        with self._engine.connect() as connection, connection.begin():
            self._thread.connection = connection
            try:
                yield connection
            finally:
                self._thread.connection = None

    def has_table(self, name: str) -> bool:
        """Whether the schema has it now."""
        with self.transaction() as connection:
            return bool(db.inspect(connection).has_table(name))

    def dispose(self) -> None:
        """Close what is idle. A later `transaction` opens anew."""
        self._engine.dispose()

    def _forget_connections_of_parent_process(self) -> None:
        # An SQLite connection must not cross a fork: even closing it harms the parent's locks.
        if self._process != os.getpid():
            self._process = os.getpid()
            self._thread = threading.local()
            self._engine.dispose(close=False)


def create_once(path: Path, create: Callable[[], object]) -> None:
    """Run `create` in one process; the others that start at the same moment wait for it.

    A file without a schema revision was left half made by a process that died: `create` runs again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if not _has_revision(path):
            create()


def _has_revision(path: Path) -> bool:
    if not path.exists():
        return False
    # Not through SQLAlchemy: each process that starts asks this for three files.
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
        try:
            return connection.execute("SELECT 1 FROM alembic_version").fetchone() is not None
        except sqlite3.OperationalError:  # no such table
            return False


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
