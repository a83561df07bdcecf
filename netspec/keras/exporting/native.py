"""Keras' own formats: the same numbers, bit for bit."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from netspec.keras.build import build
from netspec.keras.exporting.network import Network, Running

ABOUT = "netspec.json"  # the member of an archive that says what the file is

WEIGHTS = "model.weights.h5"  # the member of Keras' archive


def keras_written(network: Network, path: Path) -> None:
    """A ``.keras`` archive without an optimizer, and in it what it is."""
    network.model.save(path)
    told(network, path)


def keras_read(network: Network, path: Path) -> Running:
    """The archive as ``keras.saving.load_model`` reads it."""
    return network.running(keras.saving.load_model(path, compile=False))


def weights_written(network: Network, path: Path) -> None:
    """The weights alone, out of an archive: HDF5 writing to a full disk ends the process."""
    with TemporaryDirectory(dir=path.parent) as folder:
        archive = Path(folder) / "model.keras"
        network.model.save(archive)
        with zipfile.ZipFile(archive) as file, file.open(WEIGHTS) as weights, path.open("wb") as target:
            shutil.copyfileobj(weights, target)


def weights_read(network: Network, path: Path) -> Running:
    """The weights in another model of the same spec, which began with others."""
    model = build(network.graph, seed=_other(network))
    model.load_weights(path)
    return network.running(model)


def json_written(network: Network, path: Path) -> None:
    """The architecture alone."""
    path.write_text(network.model.to_json(indent=2) + "\n", "utf-8")


def json_read(network: Network, path: Path) -> Running:
    """The architecture as ``keras.models.model_from_json`` reads it, with the model's weights put in."""
    model = keras.models.model_from_json(path.read_text("utf-8"))
    model.set_weights(network.model.get_weights())
    return network.running(model)


def told(network: Network, path: Path) -> None:
    """Put what the file is into its archive, or into one that begins where the file ends."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(ABOUT, network.about)


def _other(network: Network) -> int:
    """A seed that is not the spec's."""
    return 1 + (network.graph.train.seed if network.graph.train else 0)
