"""A PostgreSQL server of the tests' own: made, started, stopped and started anew."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

PASSWORD = "s3cret/ä#"
USER = "winnow"


def programs() -> Path | None:
    """The folder with PostgreSQL's programs; None where it is not installed."""
    # Debian does not put those that run a server on the path.
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("pg_ctl"):
        places.append(Path(on_path).parent)
    return next((place for place in places if (place / "initdb").exists()), None)


class PostgresServer:
    """A private cluster on a free port, which asks for a password."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        # Nobody but root passes through pytest's own folders.
        self.folder = Path(tempfile.mkdtemp(prefix="winnow-postgres-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        word = self.folder / "password"
        word.write_text(PASSWORD, "utf-8")
        word.chmod(0o644)
        self._run("initdb", "-D", "data", "-U", USER, "-A", "scram-sha-256", "--pwfile=password",
                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        with (self.folder / "data/postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = '{self.folder}'\nshared_buffers = '16MB'\n"
            )
        self.start()

    def url(
        self, database: str = "postgres", password: str = PASSWORD, collection: str = ""
    ) -> str:
        """The address of a database of it."""
        end = f"#{collection}" if collection else ""
        word = quote(password, safe="")
        return f"postgresql://{USER}:{word}@127.0.0.1:{self.port}/{database}{end}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-D", "data", "-w", "-s", "-l", "log", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it: ``immediate`` is how it ends when the power fails."""
        self._run("pg_ctl", "-D", "data", "-w", "-s", "-m", how, "stop")

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Do something as the owner; the rows of the result."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str) -> str:
        """A new empty database; its address."""
        self.sql(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def close(self) -> None:
        """Stop it and remove its files."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def membership(url: str, collection: str) -> Any:
    """A collection of a label database, made where there is none.

    A test before may have restarted the server, which open connections learn when they are used.
    """
    from dataclasses import replace

    from core.store.labels.postgres.address import parse
    from core.store.labels.postgres.database import database_at
    from core.store.labels.postgres.membership import enter

    address = parse(url)
    database = database_at(replace(address, collection=""))

    def entered() -> Any:
        with database.change() as connection:
            return enter(connection, address, collection)

    return database.patiently(entered)
