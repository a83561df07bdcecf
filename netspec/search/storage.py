"""The database that a study is kept in: a file of its run, or one that several machines share."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import optuna
from sqlalchemy import event, make_url
from sqlalchemy.exc import SQLAlchemyError

from netspec.runs.run import Run, TrainError

BEAT = 10  # seconds between two signs of life, where a study is shared
GRACE = 6 * BEAT  # seconds without one after which another may train a trial anew
TRIES = 6  # to open a database in which another may make the same tables at this moment

#: What a database that fails raises.
GONE = (optuna.exceptions.StorageInternalError, SQLAlchemyError)
#: What is installed for a driver, where that has another name.
PACKAGES = {
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
}


def storage(run: Run, url: str | None) -> optuna.storages.RDBStorage:
    """The database of a run, or that at ``url``; ``TrainError`` where it cannot be opened."""
    is_shared = url is not None
    for left in reversed(range(TRIES if is_shared else 1)):
        try:
            return _shared(url) if url is not None else _own(run)
        except TrainError:
            raise
        except ModuleNotFoundError as error:
            raise TrainError(f"the storage cannot be opened: {_driver(error)}") from None
        except (*GONE, ImportError, ValueError, RuntimeError) as error:
            if not left or not isinstance(error, GONE):
                where = "the storage" if is_shared else str(_path(run))
                raise TrainError(f"{where} cannot be opened: {reason(error)}") from None
            time.sleep(random.uniform(0.1, 0.5))
    raise AssertionError


def _shared(url: str) -> optuna.storages.RDBStorage:
    try:
        address = make_url(url)
    except ValueError:  # its message may hold a part of a password
        raise TrainError("the storage cannot be opened: its address cannot be read") from None
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise TrainError("the storage is in memory alone, where nobody can share it: name a file or a server")
    address.get_dialect().import_dbapi()  # Optuna says of a driver only that there is none
    return optuna.storages.RDBStorage(url, heartbeat_interval=BEAT, grace_period=GRACE)


def _own(run: Run) -> optuna.storages.RDBStorage:
    found = optuna.storages.RDBStorage(_address(run))
    # A kill loses nothing all the same, and trials are kept beside it.
    event.listen(found.engine, "connect", lambda line, _: line.execute("PRAGMA synchronous = NORMAL"))
    with found.engine.connect() as line:
        line.exec_driver_sql("PRAGMA journal_mode = WAL")
    found.engine.dispose()
    return found


def _address(run: Run) -> str:
    """The address of the study in a run; ``TrainError`` where that would be another place."""
    path = _path(run)
    if path.is_symlink():
        raise TrainError(f"{path} is a link: a search is kept in its own folder alone; --fresh starts over")
    for written in (str(path), quote(str(path), safe="/\\:")):  # whether it is unquoted depends on SQLAlchemy's version
        if make_url(url := f"sqlite:///{written}").database == str(path):
            return url
    raise TrainError(f"{path}: a search cannot be kept in a folder of that name")


def _path(run: Run) -> Path:
    return run.folder / "study.db"


def _driver(error: ModuleNotFoundError) -> str:
    """What to install for an address whose driver is missing."""
    name = (error.name or "").partition(".")[0]
    return f"its driver {name!r} is not installed: pip install {PACKAGES.get(name, name)}"


def beat(database: optuna.storages.RDBStorage, ids: Mapping[str, int], stopped: threading.Event) -> None:
    """Give signs of life for the trials of such ``ids``, until ``stopped``."""
    while not stopped.wait(BEAT):
        for number in list(ids.values()):
            with suppress(*GONE):  # the next one may come through
                database.record_heartbeat(number)


@contextmanager
def reached() -> Iterator[None]:
    """``TrainError`` where the database fails."""
    try:
        yield
    except GONE as error:
        raise TrainError(f"the storage of the search failed: {reason(error)}") from None


def reason(error: BaseException) -> str:
    """What went wrong at the bottom of it, in a line; without the address, which may hold a password."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return " ".join(str(error).split())[:200]
