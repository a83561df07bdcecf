"""The weights of a finished run, put back into a model."""

from __future__ import annotations

import gc
import hashlib
import json
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from netspec.train.run import Run, TrainError

#: What a layer keeps: each array with its name, in the order in which Keras makes them.
Arrays = list[tuple[str, np.ndarray[Any, Any]]]

#: What comes of a file that another wrote, or that was cut.
_UNREADABLE = (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile)


def restored(model: keras.Model, run: Run) -> keras.Model:
    """``model`` with the weights of a run's file: numbers alone, nothing else in the file is believed.

    ``TrainError`` where the file cannot be read, or has not all of the weights.
    """
    reason = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # so Keras says that it leaves weights as they were
            model.load_weights(run.model)
    except (*_UNREADABLE, UserWarning) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
    if reason:
        gc.collect()  # the file that Keras left open in the error's frames: open at the end, it crashes the process
        raise TrainError(f"{run.model} cannot be read back: {reason}")
    return model


def layers_of(model: keras.Model) -> dict[str, Any]:
    """The layers by their names, also those in models within the model.

    An input of such a model is called after the layer that reaches it, and is none.
    """
    found: dict[str, Any] = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= layers_of(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            found[layer.name] = layer
    return found


def digest(arrays: Mapping[str, Arrays], found: Mapping[str, Any] | None = None) -> str:
    """What is the same for the same weights in the same layers, and for the same that layers ``found`` in data."""
    made = hashlib.sha256()
    for layer in sorted(arrays):
        for name, array in arrays[layer]:
            made.update(f"{layer}/{name} {array.dtype} {array.shape}\n".encode())
            made.update(np.ascontiguousarray(array).tobytes())
    if found:
        made.update(json.dumps(found, sort_keys=True).encode())
    return made.hexdigest()


def put(arrays: Mapping[str, Arrays], model: keras.Model) -> None:
    """Give the layers of ``model`` those weights; ``TrainError`` where they are not the layers'."""
    layers = layers_of(model)
    for name, kept in arrays.items():
        weights = layers[name].weights
        if [(each.name, tuple(each.shape)) for each in weights] != [(word, array.shape) for word, array in kept]:
            raise TrainError(f"{name} cannot begin with what was kept for it: other arrays, or in another order")
        for weight, (_, array) in zip(weights, kept, strict=True):
            weight.assign(array)
