"""All that an interrupted run needs to go on to the same bits, in one file."""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.train.run import History, TrainError

#: What reading a damaged file may raise.
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile)


class StateError(TrainError):
    """A state that cannot be read back."""


def save(path: Path, model: keras.Model, callbacks: list[Any], history: History) -> None:
    """Write the values of every variable, what the callbacks remember, and the history so far."""
    arrays: dict[str, Any] = {f"variable{index}": np.asarray(value) for index, value in enumerate(_variables(model))}
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
    said = json.dumps({"callbacks": remembered, "history": history, "stopped": bool(model.stop_training)})
    with path.open("wb") as file:
        np.savez(file, said=np.array(said), **arrays)


def restore(path: Path, model: keras.Model, callbacks: list[Any]) -> tuple[History, bool]:
    """Put everything back where ``save`` took it from; the history, and whether training had stopped by itself.

    ``StateError`` where the file is damaged or is another model's.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        said = json.loads(str(arrays["said"]))
        variables = _variables(model)
        if len([key for key in arrays if key.startswith("variable")]) != len(variables):
            raise ValueError("it holds another number of variables")
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"variable{index}"])
        for number, (callback, table) in enumerate(zip(callbacks, said["callbacks"], strict=True)):
            for key, value in table.items():
                if key == "best_weights" and value is not None:
                    value = [arrays[f"best{number}_{index}"] for index in range(value)]
                setattr(callback, key, value)
        return said["history"], said["stopped"]
    except _DAMAGED as error:
        reason = str(error).split("\n")[0].rstrip(".") or type(error).__name__
        raise StateError(f"{path} cannot be read back ({reason}); --fresh starts the run over") from None


def _remembered(callback: Any) -> dict[str, Any]:
    """What a callback came to know: what it was made with is the spec's, and some of it is changed as it is made."""
    given = inspect.signature(type(callback).__init__).parameters
    return {key: value for key, value in vars(callback).items() if key not in given and key not in ("_model", "params")}


def _variables(model: keras.Model) -> list[Any]:
    """Weights, seeds of what is random, and the optimizer's variables, each once, in a fixed order."""
    return list({id(each): each for each in [*model.variables, *model.optimizer.variables]}.values())
