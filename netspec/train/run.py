"""A run's folder: what was trained, on what, how it went, and what came of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from netspec.graph import Graph
from netspec.graph.written import document

History = list[dict[str, float]]


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
        """Whether it came to its end."""
        return (self.folder / "metrics.json").exists()

    @property
    def metrics(self) -> dict[str, Any]:
        """Loss and metrics of each part, and the number of epochs."""
        return json.loads((self.folder / "metrics.json").read_text("utf-8"))

    @property
    def lock(self) -> dict[str, Any]:
        """Versions, seed, data digest and device."""
        return json.loads((self.folder / "lock.json").read_text("utf-8"))

    @property
    def history(self) -> History:
        """Loss and metrics after each epoch."""
        with (self.folder / "history.csv").open(newline="", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]

    def write_json(self, name: str, value: Any) -> None:
        """Write a table as JSON."""
        self.write(name, (json.dumps(value, indent=2) + "\n").encode())

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
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=self.folder) as folder:
            path = Path(folder) / target.name
            make(path)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(path, target)

    def clear(self) -> None:
        """Forget all that was trained."""
        shutil.rmtree(self.folder, ignore_errors=True)


def run_of(graph: Graph, data_digest: str, runs: Path) -> Run:
    """The folder of the run that ``graph`` and the data make: the same for the same, whatever number of epochs is asked."""
    stated = document(graph)
    stated["train"] = {key: value for key, value in stated.get("train", {}).items() if key != "epochs"}
    stated.pop("description", None)
    digest = hashlib.sha256(json.dumps([stated, data_digest], sort_keys=True).encode()).hexdigest()
    return Run(runs / graph.name / digest[:10])


def spec_text(graph: Graph) -> bytes:
    """The resolved spec, as TOML."""
    return tomli_w.dumps(document(graph)).encode()


def runs_of(name: str, runs: Path) -> list[Run]:
    """The finished runs of a spec's name, the latest last."""
    found = [Run(path.parent) for path in (runs / name).glob("*/metrics.json")]
    return sorted(found, key=lambda run: (run.folder / "metrics.json").stat().st_mtime_ns)
