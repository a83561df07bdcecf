"""LiteRT, which was TensorFlow Lite: for telephones and small machines, with the operations of its own alone."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf

from netspec.keras.exporting import saved_model
from netspec.keras.exporting.fault import lacking
from netspec.keras.exporting.native import told
from netspec.keras.exporting.network import Network, Running

LABEL = "LiteRT"
_MISSING = re.compile(r'fused\["\w+:", "([^"@]+)@[^"]*"\].*?\'tf\.(\w+)\' op')


def written(network: Network, path: Path) -> None:
    """One file, and at its end an archive that says what it is; ``ExportError`` where an operation is missing."""
    with TemporaryDirectory() as folder:
        saved_model.written(network, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(f"{folder}/model")
        converter.experimental_enable_resource_variables = True
        try:
            path.write_bytes(converter.convert())
        except Exception as error:  # of a class that TensorFlow does not name
            missing = {where: name for where, name in _MISSING.findall(str(error)) if name != "TensorListReserve"}
            loops = {where: "loops" for where, name in _MISSING.findall(str(error)) if name == "TensorListReserve"}
            if not missing and not loops:
                raise
            raise lacking(network.graph, LABEL, {**loops, **missing}) from None
    told(network, path)


def read(network: Network, path: Path) -> Running:
    """The file as the runtime runs it, anew for each batch."""
    return lambda inputs: _interpreter(path).get_signature_runner()(**network.renamed(inputs))


def _interpreter(path: Path) -> Any:
    """LiteRT's own runtime where it is installed, else the one that comes with TensorFlow."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that TensorFlow's will go
        return Interpreter(str(path))
