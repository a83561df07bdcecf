"""TensorFlow's SavedModel: a folder that serves the network, under the names of its inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from netspec.keras.exporting.native import ABOUT
from netspec.keras.exporting.network import Network, Running

MARK = "saved_model.pb"  # the file that makes a folder a SavedModel
EXTRA = "assets.extra"  # where TensorFlow leaves room for what is not its own


def written(network: Network, path: Path) -> None:
    """The folder, and in it what it is."""
    archive = keras.export.ExportArchive()
    archive.track(network.model)
    serve, specs = network.served()
    archive.add_endpoint("serve", serve, input_signature=[specs])
    archive.write_out(str(path), verbose=False)
    (path / EXTRA).mkdir()
    (path / EXTRA / ABOUT).write_text(network.about, "utf-8")


def read(network: Network, path: Path) -> Running:
    """The folder as ``tf.saved_model.load`` reads it."""
    loaded = tf.saved_model.load(str(path))
    return lambda inputs: loaded.serve(
        {name: tf.convert_to_tensor(value) for name, value in network.renamed(inputs).items()}
    )
