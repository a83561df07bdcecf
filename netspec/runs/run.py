"""A run's folder: what was trained, on what, how it went, and what came of it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from netspec.source import put

History = list[dict[str, float]]

_BUSY, _WRITING = ".busy", ".writing-"


class TrainError(RuntimeError):
    """What keeps a spec from being trained, or a run from being used."""


@dataclass(frozen=True)
class Run:
    """``runs/<name>/<id>/``: every file in it appears whole or not at all."""

    folder: Path

    @property
    def spec(self) -> Path:
        """The spec, fully resolved."""
        return self.folder / "spec.toml"

    @property
    def model(self) -> Path:
        """The trained model, as Keras saves it."""
        return self.folder / "model.keras"

    @property
    def report(self) -> Path:
        """A page with the diagram, the curves and the figures."""
        return self.folder / "report.html"

    @property
    def state(self) -> Path:
        """What an interrupted run goes on from."""
        return self.folder / "state" / "epoch.npz"

    @property
    def is_finished(self) -> bool:
        """Whether it came to its end, and all that it left is there."""
        return all(
            (self.folder / name).exists() for name in ("metrics.json", "model.keras", "history.csv", "report.html")
        )

    @property
    def summary(self) -> dict[str, Any]:
        """Its epochs, whether it stopped by itself, its figures; ``TrainError`` where that is not a run's."""
        found = self._json("metrics.json")
        if not isinstance(found, dict) or not isinstance(found.get("metrics"), dict):
            raise TrainError(f"{self.folder / 'metrics.json'} is not what a run leaves")
        return found

    @property
    def epochs(self) -> int:
        """How many epochs are behind it."""
        return int(self.summary["epochs"])

    @property
    def has_stopped(self) -> bool:
        """Whether it ended by itself, before the epochs that were asked for."""
        return bool(self.summary["stopped"])

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Loss and metrics of each part."""
        parts = self.summary["metrics"]
        return {part: {name: nan if value is None else value for name, value in parts[part].items()} for part in parts}

    @property
    def lock(self) -> dict[str, Any]:
        """Versions, seed, data digest and device; ``TrainError`` where it is not a run's."""
        lock = self._json("lock.json")
        data = lock.get("data") if isinstance(lock, dict) else None
        if not isinstance(data, dict) or not {"source", "sha256", "columns", "classes"} <= data.keys():
            raise TrainError(f"{self.folder / 'lock.json'} is not what a run leaves")
        return dict(lock)

    def _json(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except ValueError as error:
            raise TrainError(
                f"{self.folder / name} cannot be read back: {error}; --fresh starts the run over"
            ) from None

    @property
    def history(self) -> History:
        """Loss and metrics after each epoch."""
        with (self.folder / "history.csv").open(newline="", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]

    def write_json(self, name: str, value: Any) -> None:
        """Write a table as JSON."""
        self.write(name, (json_text(value, indent=2) + "\n").encode())

    def write_history(self, history: History) -> None:
        """Write the history, a row an epoch."""
        text = io.StringIO()
        columns = list(dict.fromkeys(name for row in history for name in row))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        self.write("history.csv", text.getvalue().encode())

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the run."""
        self.place(name, lambda path: path.write_bytes(content))

    def place(self, name: str, make: Callable[[Path], Any]) -> None:
        """Let ``make`` write a file, and put it in its place only when it is whole and on disk."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent != self.folder and target.parent.is_symlink():
            raise TrainError(f"{target.parent} is a link: a run is kept in its own folder alone; --fresh starts over")
        with tempfile.TemporaryDirectory(prefix=_WRITING, dir=self.folder) as folder:
            path = Path(folder) / target.name
            make(path)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            put(path, target)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process from writing to the folder; ``TrainError`` where one already does.

        What a process that was killed had begun to write is swept away.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / _BUSY, "w", opener=_unlinked) as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it however the process ends
            except ImportError:  # Windows has no such lock
                pass
            except BlockingIOError:
                raise TrainError(f"{self.folder}: another process is training this run") from None
            for path in self.folder.glob(f"{_WRITING}*"):
                shutil.rmtree(path)
            yield

    def clear(self) -> None:
        """Forget all that was trained."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != _BUSY:
                path.unlink()


def _unlinked(path: str, flags: int) -> int:
    """Open a file, but for one behind a link: what is written there would be lost."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON, which has no word for a number that is not finite: it becomes ``null``.

    >>> json_text({"loss": float("nan"), "accuracy": [0.5]})
    '{"loss": null, "accuracy": [0.5]}'
    """

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: finite(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [finite(each) for each in value]
        return None if isinstance(value, float) and not isfinite(value) else value

    return json.dumps(finite(value), indent=indent)


def runs_of(name: str, runs: Path) -> list[Run]:
    """The finished runs of a spec's name, the latest last."""
    found = [run for run in (Run(path.parent) for path in (runs / name).glob("*/metrics.json")) if run.is_finished]
    return sorted(found, key=lambda run: (run.folder / "metrics.json").stat().st_mtime_ns)
