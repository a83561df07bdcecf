"""A finished run done again from its spec and lock, and compared to the bit."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from netspec.train.display import Display
from netspec.train.learned import unlearned
from netspec.train.run import Run, json_text
from netspec.train.train import train
from netspec.train.use import trained

#: What a lock says that may change the bits, as a reader knows it.
_NAMES = ("netspec", "keras", "tensorflow", "numpy", "python", "platform", "device", "execution", "seed")
#: What else a run keeps, epoch by epoch, where it does.
_TABLES = ("pretrain.csv", "layers.csv")


@dataclass(frozen=True)
class Reproduced:
    """What differs between a run and its repetition, and what may be the reason; both empty where nothing does."""

    differences: list[str]
    reasons: list[str]

    @property
    def same(self) -> bool:
        """Whether weights, history and metrics are the same bits."""
        return not self.differences


def reproduced(run: Run, display: Display | None = None) -> Reproduced:
    """Train again what ``run`` was trained on, in a folder that is gone afterwards; what differs.

    ``TrainError`` where the run, or one that it began from, cannot be read back.
    """
    graph, model, _ = trained(run)
    lock = run.lock
    assert graph.train
    update: dict[str, Any] = {"epochs": run.epochs, "execution": lock.get("execution", "graph")}
    if run.has_stopped:
        del update["epochs"]  # it must stop by itself once more
    start = lock["warm_start"]["run"] if "warm_start" in lock else None
    with tempfile.TemporaryDirectory(prefix="netspec-") as folder:
        bare = replace(unlearned(graph, lock), train=graph.train.model_copy(update=update))
        again = train(bare, folder, display, warm_start=start)
        same, repeated, _ = trained(again)
        differences = _weights(model, repeated)
        differences += [f"found in data: {node.name}" for node in graph if node.layer != same.nodes[node.name].layer]
        rows, others = run.history, again.history
        at = next((at for at in range(max(len(rows), len(others))) if _text(rows, at) != _text(others, at)), None)
        if at is not None:
            differences.append(f"history: from epoch {at + 1} on")
        if json_text(run.metrics) != json_text(again.metrics):
            differences.append("metrics")
        differences += [name for name in _TABLES if _content(run, name) != _content(again, name)]
        return Reproduced(differences, _reasons(lock, again.lock))


def _weights(one: Any, other: Any) -> list[str]:
    """The weights that are not the same bits, by their paths."""
    pairs = [(each, np.asarray(each), np.asarray(same)) for each, same in zip(one.weights, other.weights, strict=True)]
    return [f"weights: {each.path}" for each, a, b in pairs if a.tobytes() != b.tobytes()]


def _content(run: Run, name: str) -> bytes | None:
    path = run.folder / name
    return path.read_bytes() if path.exists() else None


def _text(history: Any, at: int) -> str:
    return json.dumps(history[at]) if at < len(history) else ""


def _reasons(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is not as it was when the run was made."""
    found = [f"{name}: {was.get(name)} then, {now[name]} now" for name in _NAMES if was.get(name) != now[name]]
    if was["data"]["sha256"] != now["data"]["sha256"]:
        found.append(f"data: {Path(was['data']['source']).name} is not what it was")
    return found
