"""Database servers of their own for tests, on loopback; a test is skipped with the reason where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

MADE = count()


class Kind(NamedTuple):
    """A database: its driver, what makes and what serves it, the user who runs it, and its address."""

    name: str
    driver: str
    program: str
    user: str
    made: Callable[[Path, Path], list[object]]
    served: Callable[[Path, Path, int], list[object]]
    ends: signal.Signals
    url: str


POSTGRESQL = Kind(
    "PostgreSQL",
    "psycopg2",
    "initdb",
    "postgres",
    lambda made, at: [made, "-D", at / "data", "-U", "netspec", "-A", "trust"],
    lambda made, at, port: [
        *(made.with_name("postgres"), "-D", at / "data", "-h", "127.0.0.1", "-p", port),
        *("-k", at, "-c", "fsync=off"),
    ],
    signal.SIGINT,
    "postgresql+psycopg2://netspec@127.0.0.1:{}/{}",
)
MYSQL = Kind(
    "MariaDB",
    "pymysql",
    "mariadb-install-db",
    "mysql",
    lambda made, at: [made, "--no-defaults", "--auth-root-authentication-method=normal", f"--datadir={at / 'data'}"],
    lambda _, at, port: [
        *(shutil.which("mariadbd"), "--no-defaults", f"--datadir={at / 'data'}", f"--socket={at / 's'}"),
        *(f"--pid-file={at / 'pid'}", "--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve"),
    ],
    signal.SIGTERM,
    "mysql+pymysql://root@127.0.0.1:{}/{}",
)
FIRST = {POSTGRESQL: "postgres", MYSQL: "mysql"}  # the database that is there from the beginning


@pytest.fixture(scope="session")
def postgresql_server():
    """The port of a PostgreSQL server."""
    with serving(POSTGRESQL) as port:
        yield port


@pytest.fixture(scope="session")
def mysql_server():
    """The port of a MariaDB server."""
    with serving(MYSQL) as port:
        yield port


@pytest.fixture
def postgresql(postgresql_server):
    """The address of an empty database of PostgreSQL."""
    return database(POSTGRESQL, postgresql_server)


@pytest.fixture
def mysql(mysql_server):
    """The address of an empty database of MariaDB."""
    return database(MYSQL, mysql_server)


@pytest.fixture
def sqlite(tmp_path):
    """The address of a file."""
    return f"sqlite:///{tmp_path / 'shared.db'}"


@contextmanager
def serving(kind: Kind) -> Iterator[int]:
    """A server of that kind, on a free port."""
    pytest.importorskip(kind.driver, reason=f"needs {kind.driver}")
    known = [str(each) for each in sorted(Path("/usr/lib").glob(f"{kind.name.lower()}/*/bin"))]
    if not (made := shutil.which(kind.program, path=os.pathsep.join([os.environ.get("PATH", ""), *known]))):
        pytest.skip(f"no {kind.name} server is installed")
    folder = Path("/tmp") / f"netspec-{kind.user}-{os.getpid()}"  # the path of a socket may not be long
    folder.mkdir(mode=0o700)
    try:
        user = owned(kind, folder)
        hush = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
        subprocess.run(words(kind.made(Path(made), folder)), check=True, **hush)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(words(kind.served(Path(made), folder, port)), **hush)
        try:
            yield port
        finally:
            process.send_signal(kind.ends)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owned(kind: Kind, folder: Path) -> dict[str, str]:
    """Who runs a server: neither is run by root."""
    if os.getuid():
        return {}
    try:
        shutil.chown(folder, kind.user, kind.user)
    except LookupError:
        pytest.skip(f"{kind.name} does not run as root, and there is no user for it")
    return {"user": kind.user, "group": kind.user}


def words(command: list[object]) -> list[str]:
    return [str(each) for each in command]


def database(kind: Kind, port: int) -> str:
    """The address of an empty database on a server, once that listens."""
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy")
    engine = sqlalchemy.create_engine(kind.url.format(port, FIRST[kind]), isolation_level="AUTOCOMMIT")
    name = f"searches_{next(MADE)}"
    for left in reversed(range(200)):
        try:
            with engine.connect() as line:
                line.exec_driver_sql(f"CREATE DATABASE {name}")
            break
        except sqlalchemy.exc.OperationalError:
            if not left:
                raise
            time.sleep(0.1)
    engine.dispose()
    return kind.url.format(port, name)
