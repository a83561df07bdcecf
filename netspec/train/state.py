"""All that an interrupted run needs to go on to the same bits, in one file."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.train.run import History, TrainError

Array = np.ndarray[Any, Any]

#: What reading a damaged file may raise.
DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile)
_DIGEST = hashlib.sha256().digest_size


class StateError(TrainError):
    """A state that cannot be read back."""


@dataclass
class Progress:
    """How far a training has come: the epochs behind it, and the samples of the one that is going on.

    ``rate`` is the learning rate with which that epoch began, ``seconds`` what the epochs behind took, without what was
    lost where one was stopped.  ``layers`` are the rows of ``netspec.train.course``.
    """

    history: History = field(default_factory=list)
    samples: int = 0
    rate: float = 0.0
    stopped: bool = False
    seconds: float = 0.0
    layers: list[dict[str, Any]] = field(default_factory=list)


def save(path: Path, model: keras.Model, callbacks: list[Any], progress: Progress, run: str) -> None:
    """Write the values of every variable, what the callbacks remember, and the progress of the run of that name.

    The last bytes are the digest of all before them.
    """
    arrays: dict[str, Any] = {f"variable{at}": _plain(each) for at, each in enumerate(_variables(model))}
    remembered: list[dict[str, Any]] = []
    for number, callback in enumerate(callbacks):
        table: dict[str, Any] = {}
        for key, value in _remembered(callback).items():
            if key == "best_weights" and value is not None:
                arrays |= {f"best{number}_{index}": np.asarray(each) for index, each in enumerate(value)}
                table[key] = len(value)
            elif value is None or isinstance(value, bool | int | float | str):
                table[key] = value
            elif isinstance(value, np.floating | np.integer):
                table[key] = value.item()
        remembered.append(table)
    said = {"run": run, "variables": _shapes(model), "callbacks": remembered, "progress": asdict(progress)}
    path.write_bytes(packed(said, arrays))


def restore(path: Path, model: keras.Model, callbacks: list[Any], run: str) -> Progress:
    """Put everything back where ``save`` took it from, nothing where something is wrong; how far the training was.

    ``StateError`` where the file is damaged, or is another run's or model's.
    """
    try:
        said, arrays = unpacked(path)
        if said["run"] != run:
            raise ValueError(f"it is the state of run {said['run']}")
        if said["variables"] != _shapes(model):
            raise ValueError("it is the state of another model")
        progress = Progress(**said["progress"])
        for at, variable in enumerate(_variables(model)):
            variable.assign(arrays[f"variable{at}"].view(_dtype(variable)))
        for number, (callback, table) in enumerate(zip(callbacks, said["callbacks"], strict=True)):
            for key, value in table.items():
                if key == "best_weights" and value is not None:
                    value = [arrays[f"best{number}_{index}"] for index in range(value)]
                setattr(callback, key, value)
        return progress
    except DAMAGED as error:
        reason = str(error).split("\n")[0].rstrip(".") or type(error).__name__
        raise StateError(f"{path} cannot be read back ({reason}); --fresh starts the run over") from None


def progress(path: Path) -> Progress:
    """How far the training was that a state is of; ``StateError`` where it is damaged."""
    try:
        return Progress(**unpacked(path)[0]["progress"])
    except DAMAGED as error:
        raise StateError(f"{path} cannot be read back ({error}); --fresh starts the run over") from None


def packed(said: dict[str, Any], arrays: dict[str, Any]) -> bytes:
    """A table and arrays as the bytes of a file, their digest at the end."""
    stream = io.BytesIO()
    np.savez(stream, said=np.array(json.dumps(said)), **arrays)
    content = stream.getvalue()
    return content + hashlib.sha256(content).digest()


def unpacked(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The table and the arrays of a file; ``ValueError`` where it is not what was written."""
    raw = path.read_bytes()
    content, digest = raw[:-_DIGEST], raw[-_DIGEST:]
    if not content:
        raise ValueError("it is empty" if not raw else "it is cut short")
    if hashlib.sha256(content).digest() != digest:
        raise ValueError("its digest does not fit: it was cut short or changed")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return json.loads(str(file["said"])), {key: file[key] for key in file.files if key != "said"}


def _plain(variable: Any) -> Array:
    """A variable's value in a dtype that NumPy's files know; those of its own, as bfloat16, go as whole numbers."""
    array = np.asarray(variable)
    return array.view(f"uint{8 * array.dtype.itemsize}") if array.dtype.kind == "V" else array


def _dtype(variable: Any) -> Any:
    return np.asarray(variable).dtype


def _shapes(model: keras.Model) -> list[list[Any]]:
    """What each variable is, as JSON has it: its name, its dtype, its shape."""
    return [[each.name, str(each.dtype), list(each.shape)] for each in _variables(model)]


def _remembered(callback: Any) -> dict[str, Any]:
    """What a callback came to know: what it was made with is the spec's, and some of it is changed as it is made."""
    given = inspect.signature(type(callback).__init__).parameters
    return {key: value for key, value in vars(callback).items() if key not in given and key not in ("_model", "params")}


def _variables(model: keras.Model) -> list[Any]:
    """Weights, seeds of what is random, the optimizer's and the metrics' variables, each once, in a fixed order."""
    augmented = getattr(model.train_step, "variables", [])  # netspec.train.augment: none of the model's own
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables, *augmented]
    return list({id(each): each for each in every}.values())
