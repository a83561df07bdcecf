"""Masks that Keras makes of its own accord and writes down as if somebody had: they are made again when it builds.

``Embedding(mask_zero=True)`` and ``Masking`` leave a comparison among the operations, and each layer that the mask
reaches is said to be called with it.
"""

from __future__ import annotations

from typing import Any

from netspec.decompile.network import Flow, Network, Operation
from netspec.layers import LAYERS

ARGUMENTS = ("mask", "query_mask", "value_mask", "key_mask")
#: What Keras reckons masks with.
_RECKONING = {
    *("NotEqual", "Equal", "Any", "All", "LogicalAnd", "LogicalOr", "LogicalNot"),
    *(
        "OnesLike",
        "ZerosLike",
        "ExpandDims",
        "Squeeze",
        "Concatenate",
        "Cast",
        "BroadcastTo",
        "Reshape",
        "Repeat",
        "Tile",
    ),
}
_MAKERS = ("Embedding", "ReversibleEmbedding")


def without_masks(network: Network) -> None:
    """Take the masks that Keras made out of the calls of ``network``, and the operations that only they needed."""
    makers = {flow[:3] for each in network.operations.values() if _makes(each) for flow in _taken(each)}
    for operation in network.operations.values():
        for call in operation.calls:
            for name in ARGUMENTS:
                if name in call.kwargs and _is_own(call.kwargs[name], network, makers):
                    del call.kwargs[name]
    _prune(network)


def _makes(operation: Operation) -> bool:
    """Whether a layer makes a mask."""
    return operation.kind == "Masking" or (operation.kind in _MAKERS and operation.config.get("mask_zero") is True)


def _taken(operation: Operation) -> list[Flow]:
    return [flow for call in operation.calls for flow in call.flows()]


def _is_own(value: Any, network: Network, makers: set[tuple[str, int, int]]) -> bool:
    """Whether a mask, or each in a list of them, is one that Keras reckoned from what makes masks."""
    if isinstance(value, list):
        return all(item is None or _is_own(item, network, makers) for item in value)
    if value is None:
        return True
    if not isinstance(value, Flow) or not _is_reckoned(network.operations[value.name]):
        return False
    seen, waiting, found = set[str](), [value], False
    while waiting:
        flow = waiting.pop()
        operation = network.operations[flow.name]
        if not _is_reckoned(operation):
            found = found or flow[:3] in makers
        elif operation.name not in seen:
            seen.add(operation.name)
            waiting += _taken(operation)
    return found


def _is_reckoned(operation: Operation) -> bool:
    kind, module = operation.kind, operation.module
    return kind in _RECKONING and (".ops." in module or (not module and kind not in LAYERS))


def _prune(network: Network) -> None:
    """Leave out the operations that reckoned masks and lead nowhere now."""
    reached = set[str]()
    waiting = [flow.name for flow in network.outputs]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [flow.name for flow in _taken(network.operations[name])]
    for name, operation in list(network.operations.items()):
        if name not in reached and _is_reckoned(operation):
            del network.operations[name]
