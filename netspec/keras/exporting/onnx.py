"""ONNX, which runs without TensorFlow."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from netspec.keras.exporting.fault import lacking
from netspec.keras.exporting.network import Network, Running

LABEL = "ONNX"
KEY = "netspec"  # of the metadata that says what the file is


def written(network: Network, path: Path) -> None:
    """One file with its metadata; ``ExportError`` where an operation is missing."""
    import onnx
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)  # what it would tell is told of the layer
    serve, specs = network.served()
    function = tf.function(serve, input_signature=[specs])
    made, _ = tf2onnx.convert.from_function(function, input_signature=[specs])
    nodes = list(_nodes(made.graph))
    missing = {node.name: node.op_type for node in nodes if not node.domain and not onnx.defs.has(node.op_type)}
    if missing:
        raise lacking(network.graph, LABEL, missing)
    _hold_constants(made.graph, function.get_concrete_function(), {name for node in nodes for name in node.input})
    for each in (*made.graph.input, *made.graph.output):
        first = each.type.tensor_type.shape.dim[:1]
        if first and first[0].dim_param:
            first[0].dim_param = "batch"
    made.metadata_props.add(key=KEY, value=network.about)
    onnx.save(made, str(path))


def _nodes(graph: Any) -> Iterator[Any]:
    """Every node, also in the bodies of loops and branches."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for body in (attribute.g, *attribute.graphs):
                yield from _nodes(body)


def _hold_constants(graph: Any, function: Any, used: set[str]) -> None:
    """Make constants of what the converter takes for inputs: tensors that a layer made when it was built."""
    from onnx import numpy_helper

    held = function.captured_inputs
    values = dict(
        zip((tensor.name for tensor in function.inputs[len(function.inputs) - len(held) :]), held, strict=True)
    )
    for each in list(graph.input):
        if each.name in values:
            graph.input.remove(each)
            if each.name in used:
                graph.initializer.append(numpy_helper.from_array(np.asarray(values[each.name]), each.name))


def read(network: Network, path: Path) -> Running:
    """The file as ONNX Runtime runs it, on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what fails is raised
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(None, network.renamed(inputs)), strict=True))
