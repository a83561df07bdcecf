"""A run as MLflow keeps it: an experiment by the spec's name, and in it a run by the run's id.

Told are the spec's values as parameters, the figures of each epoch as metrics, versions and the data's digest as tags,
and ``spec.toml`` and ``report.html`` as artifacts.  A training that goes on, goes on in MLflow, too.

Since 3.17 MLflow keeps no runs in plain files: without ``MLFLOW_TRACKING_URI`` it is an SQLite database by the runs.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from netspec.data.split import Parts
from netspec.graph import Graph
from netspec.graph.written import document
from netspec.train.run import SAME_BITS, History, Run, TrainError
from netspec.train.tracking import Tracker, past

INSTALL = 'python -m pip install "netspec-keras[mlflow]"'
LONGEST = 500  # characters of a parameter's value; what is longer is in the spec, which is an artifact
MOST = 100  # parameters that MLflow takes at once
_RUN = "netspec.run"


class Experiments(Tracker):
    """Tells MLflow; ``uri`` is where it listens or keeps its database."""

    def __init__(self, uri: str | None = None):
        missing = [name for name in ("mlflow", "sqlalchemy", "alembic") if find_spec(name) is None]
        if missing:
            raise TrainError(f"MLflow needs {' and '.join(missing)}, which is not installed: {INSTALL}")
        self.uri = uri or os.environ.get("MLFLOW_TRACKING_URI")
        self.id = ""

    def begins(self, graph: Graph, run: Run) -> str:
        self.graph, self.run = graph, run
        runs = run.folder.parent.parent.absolute()
        runs.mkdir(parents=True, exist_ok=True)
        uri = self.uri or f"sqlite:///{runs / 'mlflow.db'}"
        with _said():
            self.client = _client(uri)
            found = self.client.get_experiment_by_name(graph.name)
            place = None if self.uri else (runs / "mlflow").as_uri()
            self.experiment = found.experiment_id if found else self.client.create_experiment(graph.name, place)
        return f"MLflow: {uri}"

    def started(self, run: Run, epochs: int, behind: int, parts: Parts) -> None:
        with _said():
            self._open(past(run, behind))
            self.client.set_tag(self.id, "netspec.epochs", epochs)

    def ended(self, epoch: int, logs: dict[str, float]) -> None:
        with _said():
            self._log(epoch + 1, logs)

    def finished(self, run: Run, note: str) -> None:
        with _said():
            if not self.id:  # there was nothing to do but this
                self._open(run.history)
            figures = {f"{part}_{name}": value for part, of in run.metrics.items() for name, value in of.items()}
            self._log(run.epochs, {f"final_{name}": value for name, value in figures.items()})
            for path in (run.spec, run.report):
                self.client.log_artifact(self.id, str(path))
            self.client.set_terminated(self.id, "FINISHED")
            self.id = ""

    def close(self) -> None:
        if self.id:
            with _said():
                self.client.set_terminated(self.id, "KILLED")

    def _open(self, history: History) -> None:
        """Go on in MLflow's run, or begin one where there is none, or what it knows is not what is behind."""
        self.id = self._found(history) or self._begun()
        known = {key: {each.step for each in self.client.get_metric_history(self.id, key)} for key in _keys(history)}
        for row in history:
            step = int(row["epoch"])
            self._log(step, {name: value for name, value in row.items() if step not in known.get(_key(name), ())})

    def _found(self, history: History) -> str | None:
        """The last of MLflow's runs that is of this one, if it is not further than what is behind."""
        tag = f"tags.`{_RUN}` = '{self.run.folder.name}'"
        for found in self.client.search_runs([self.experiment], tag, max_results=1):
            steps = [each.step for each in self.client.get_metric_history(found.info.run_id, "loss")]
            if max(steps, default=0) <= len(history):
                self.client.update_run(found.info.run_id, status="RUNNING")
                return str(found.info.run_id)
        return None

    def _begun(self) -> str:
        """A new run of MLflow's, with all that is known before an epoch is over."""
        from mlflow.entities import Param

        lock = self.run.lock
        tags = {
            _RUN: self.run.folder.name,
            "netspec.folder": str(self.run.folder),
            "netspec.data": lock["data"]["sha256"],
            "netspec.source": lock["data"]["source"],
            **{f"netspec.{key}": str(lock.get(key, "")) for key in ("netspec", "keras", "tensorflow", "execution")},
            **({"mlflow.note.content": self.graph.description} if self.graph.description else {}),
        }
        name = f"{self.graph.name}/{self.run.folder.name}"
        made = self.client.create_run(self.experiment, tags=tags, run_name=name).info.run_id
        params = [Param(_key(key), value[:LONGEST]) for key, value in parameters(self.graph)]
        for at in range(0, len(params), MOST):
            self.client.log_batch(made, params=params[at : at + MOST])
        return str(made)

    def _log(self, step: int, logs: dict[str, float]) -> None:
        from mlflow.entities import Metric

        now = round(time.time() * 1000)
        figures = [Metric(_key(name), float(value), now, step) for name, value in logs.items() if name != "epoch"]
        if figures:
            self.client.log_batch(self.id, metrics=figures)


def parameters(graph: Graph) -> Iterator[tuple[str, str]]:
    """Every value of a spec under its dotted path, layers by their names; without what leaves the weights the same."""
    stated = document(graph)
    for layer in stated["layers"]:
        yield from _flat(f"layers.{layer['name']}", {key: value for key, value in layer.items() if key != "name"})
    train = {key: value for key, value in stated.get("train", {}).items() if key not in SAME_BITS}
    yield from _flat("", {"inputs": stated["inputs"], "data": stated.get("data", {}), "train": train})


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), item)
    else:
        yield path, str(value)


def _key(name: str) -> str:
    """A name as MLflow takes it."""
    return re.sub(r"[^\w./ :-]", "_", name, flags=re.ASCII)[:250]


def _keys(history: History) -> list[str]:
    return list(dict.fromkeys(_key(name) for row in history for name in row if name != "epoch"))


def _client(uri: str) -> Any:
    """A client that keeps its talk, and what it would report of its use, to itself."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from mlflow.tracking import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return MlflowClient(tracking_uri=uri)


@contextmanager
def _said() -> Iterator[None]:
    """Say what MLflow could not do in one line; what it raises may be of any library within it."""
    try:
        yield
    except TrainError:
        raise
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise TrainError(f"MLflow: {reason}; what is trained is kept, and the same command goes on from it") from error
