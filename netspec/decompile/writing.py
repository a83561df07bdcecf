"""A network as the entries of a spec: one row a layer, each below what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from netspec.decompile.equivalents import EQUIVALENTS
from netspec.decompile.fault import Fault
from netspec.decompile.masks import without_masks
from netspec.decompile.names import legal, unique
from netspec.decompile.network import Call, Flow, Network, Operation
from netspec.decompile.operations import is_operation, rows
from netspec.decompile.order import in_order
from netspec.decompile.unsayable import Unsayable
from netspec.decompile.values import shape_of
from netspec.decompile.wiring import class_of, of_model, spoken, wired
from netspec.decompile.words import Words
from netspec.layers import LAYERS
from netspec.parts.term import snake
from netspec.spec.parse import DTYPES

Key = tuple[str, int]
_ROW = ""  # stands for the row before, as no operation is called so


@dataclass
class Block:
    """The entries of a model, or of one inside it.

    ``inputs`` are shapes and dtypes by their names here, ``outputs`` references to what leaves it; ``refs`` leads from
    an operation's call to its name here, and ``flows`` from a reference to what Keras says of the tensor.
    """

    prefix: str
    path: str
    inputs: dict[str, tuple[list[Any], str]] = field(default_factory=dict)
    entries: list[Any] = field(default_factory=list)
    outputs: tuple[str, ...] = ()
    refs: dict[Key, str] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    above: tuple[str, ...] = ()

    def ref(self, flow: Flow) -> str:
        """The reference to a tensor."""
        name = self.refs[flow.name, flow.call]
        made = f"{name}:{flow.output}" if flow.output else name
        self.flows[made] = flow
        return made


class Writer:
    """Writes networks down, one inside the other, and keeps what is wrong with them.

    ``names`` leads from names in the spec to paths in Keras, ``kinds`` to the classes there; ``merged`` are the layers
    that stand for operations which take tensors of one rank only.
    """

    def __init__(self, faults: list[Fault]):
        self.faults = faults
        self.blocks: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.notes: list[str] = []
        self.merged: list[str] = []
        self.tensors: dict[str, Flow] = {}
        self._words = Words()

    def written(self, network: Network, prefix: str = "", path: str = "", frozen: bool = False) -> Block:
        """The entries of ``network``, whose layers' full names begin with ``prefix``."""
        without_masks(network)
        block = Block(prefix, path)
        self.notes += network.lost
        self._name(network, block)
        order = in_order(network)
        for name in network.inputs:
            self._input(network.operations[name], network, block)
        block.above = tuple(block.inputs)
        frozen = frozen or not network.trainable
        for operation, number in order:
            try:
                self._call(operation, number, block, frozen)
            except Unsayable as unsayable:
                self.faults += [operation.fault(reason, argument) for argument, reason in unsayable.told]
                block.above = ()
        block.outputs = tuple(block.ref(flow) for flow in network.outputs)
        self.tensors |= {prefix + ref: flow for ref, flow in block.flows.items()}
        return block

    def _name(self, network: Network, block: Block) -> None:
        """Give every operation and every call its name."""
        stem = block.path.rpartition("/")[2]
        short = _stripped(list(network.operations), stem)
        for operation in sorted(network.operations.values(), key=lambda each: not each.is_input):
            name = unique(legal(short.get(operation.name, operation.name)), block.taken)
            if operation.is_input and block.prefix and len(network.inputs) == 1:
                name = "input"
            block.taken.add(name)
            block.refs[operation.name, 0] = name
        for operation in network.operations.values():
            name = block.refs[operation.name, 0]
            for number in range(1, len(operation.calls)):
                again = unique(name, block.taken)
                block.taken.add(again)
                block.refs[operation.name, number] = again

    def _input(self, operation: Operation, network: Network, block: Block) -> None:
        config = operation.config
        shape = shape_of(config.get("batch_shape") or config.get("batch_input_shape") or config.get("shape"))
        dtype = config.get("dtype") or _dtype_for(str(config.get("takes")))
        if isinstance(dtype, dict):
            dtype = (dtype.get("config") or {}).get("name")
        if dtype == "float32" and network.is_older and _only_whole(operation, network):
            dtype = "int32"  # Keras 2 cuts off what stands behind the point
        for key in ("sparse", "ragged", "optional"):
            if config.get(key):
                self.faults.append(operation.fault("is no input that a spec can state", key))
        if shape is None or not shape:
            self.faults.append(operation.fault("has no shape"))
            shape = (None,)
        if dtype not in DTYPES:
            self.faults.append(operation.fault("has a dtype that no input has", "dtype"))
            dtype = "float32"
        if shape[0] is not None:
            self.notes.append(f"{operation.name} takes batches of {shape[0]} in Keras; a spec's take any size")
        block.inputs[block.refs[operation.name, 0]] = (["?" if dim is None else dim for dim in shape[1:]], dtype)

    def _call(self, operation: Operation, number: int, block: Block, frozen: bool) -> None:
        """The entry, or entries, of one call of an operation."""
        call = spoken(operation, operation.calls[number])
        if operation.inner is None and (operation.kind in EQUIVALENTS or is_operation(operation)):
            self._rows(operation, number, call, block, frozen)
            return
        name = block.refs[operation.name, number]
        if operation.inner is not None:
            inputs = of_model(call)
            entry = self._model(operation, block, frozen) if not number else {"share": block.refs[operation.name, 0]}
        else:
            cls = class_of(operation)
            inputs, own = wired(cls, call)
            if number:
                if own != wired(cls, spoken(operation, operation.calls[0]))[1]:
                    raise Unsayable(("", "is called in two ways, which a shared layer cannot be in a spec"))
                entry = {"share": block.refs[operation.name, 0]}
            else:
                entry = self._words.of(operation, own, _rank(inputs))
                if frozen:
                    entry |= {"trainable": False}
        self._put(block, name, entry, inputs)
        if operation.inner is not None and not number:
            outputs = len(operation.inner.outputs)
            block.above = tuple(f"{name}:{at}" if at else name for at in range(outputs))
        full = block.prefix + name
        if not number:
            self.names[full] = block.path + "/" * bool(block.path) + operation.name
        self.kinds[full] = operation.kind

    def _rows(self, operation: Operation, number: int, call: Call, block: Block, is_frozen: bool) -> None:
        """The layers in place of an operation, or of a layer that is no word of the language."""
        if number and operation.kind in EQUIVALENTS:
            raise Unsayable(("", "is called twice, and stands for layers that cannot be shared as one"))
        found = EQUIVALENTS[operation.kind](operation, call) if operation.kind in EQUIVALENTS else rows(operation, call)
        main = block.refs[operation.name, number]
        stands = operation.kind in EQUIVALENTS and is_frozen
        frozen = {"trainable": False} if stands else {}
        before = ""
        for row in found:
            name = main if not row.suffix else unique(f"{main}_{row.suffix}", block.taken)
            block.taken.add(name)
            block.refs[_ROW, 0] = before
            inputs = [("", flow if flow else Flow(_ROW)) for flow in row.inputs]
            self._put(block, name, self._words.shortest(row.table) | frozen, inputs)
            full = block.prefix + name
            self.names[full] = block.path + "/" * bool(block.path) + operation.name
            self.kinds[full] = operation.kind
            if len(row.inputs) > 1:
                self.merged.append(full)
            before = name

    def _model(self, operation: Operation, block: Block, frozen: bool) -> dict[str, Any]:
        """The use of a block that is a model inside the model."""
        inner = operation.inner
        assert inner is not None
        name = block.refs[operation.name, 0]
        path = block.path + "/" * bool(block.path) + operation.name
        made = self.written(inner, f"{block.prefix}{name}.", path, frozen)
        table: dict[str, Any] = {"inputs": list(made.inputs)} if list(made.inputs) != ["input"] else {}
        table["layers"] = made.entries
        if made.outputs != made.above:
            table["outputs"] = list(made.outputs)
        key = unique(name.replace(".", "_"), self.blocks)
        self.blocks[key] = table
        return {"block": key, "as_model": True}

    def _put(self, block: Block, name: str, entry: dict[str, Any], inputs: list[tuple[str, Any]]) -> None:
        """Put an entry below what stands, saying only what does not go without saying."""
        wires: dict[str, Any] = {}
        for argument, flow in inputs:
            if isinstance(flow, list):
                wires[argument] = [block.ref(each) for each in flow]
            elif argument:
                wires[argument] = block.ref(flow)
            else:
                wires.setdefault("", []).append(block.ref(flow))
        plain = wires.get("", [])
        (kind, value), *rest = entry.items()
        made: dict[str, Any] = {"name": name, kind: value}
        if set(wires) - {""}:
            made["inputs"] = wires
        elif tuple(plain) != block.above:
            made["inputs"] = plain[0] if len(plain) == 1 else plain
        made |= dict(rest)
        block.entries.append(made)
        block.above = (name,)


def _stripped(names: list[str], stem: str) -> dict[str, str]:
    """Names of layers inside a model without the model's own name before them, where that leaves names."""
    if not stem:
        return {}
    heads = tuple(f"{stem}{mark}" for mark in "._/-")
    short = {name: name[len(stem) + 1 :] if name.startswith(heads) else name for name in names}
    good = len(set(short.values())) == len(short) and all(legal(each) == each for each in short.values())
    return short if good else {}


def _rank(inputs: list[tuple[str, Any]]) -> int | None:
    """How many axes the first tensor has, where Keras says so."""
    first = inputs[0][1] if inputs else None
    return len(first.shape) if isinstance(first, Flow) and first.shape else None


def _only_whole(given: Operation, network: Network) -> bool:
    """Whether all that takes an input takes whole numbers only."""
    takers = [
        class_of(each)
        for each in network.operations.values()
        for call in each.calls
        for flow in call.flows()
        if flow.name == given.name
    ]
    return bool(takers) and all("float" not in cls.takes for cls in takers)


def _dtype_for(kind: str) -> str:
    """The dtype that reaches a first layer which nobody said anything of."""
    kinds = LAYERS[kind].takes if kind in LAYERS else ("float",)
    return "float32" if "float" in kinds else "int32" if "int" in kinds else "string"


def names_left_out(entries: list[Any], inputs: list[str], kept: set[str]) -> Iterator[Any]:
    """The entries without the names that they would be given anyway, where nothing refers to them."""
    named = [entry["name"] for entry in entries]
    said = _said(entries) | {each.partition(":")[0] for each in kept}
    counts: dict[str, int] = {}
    for place, entry in enumerate(entries):
        stem = entry.get("share") or entry.get("block") or snake(entry["type"])
        count, taken = counts.get(stem, 0), {*inputs, *named[:place], *named[place + 1 :]}
        while (name := f"{stem}_{count}" if count else stem) in taken:
            count += 1
        if name == entry["name"] and name not in said and "type" in entry:
            counts[stem] = count + 1
            entry = {key: value for key, value in entry.items() if key != "name"}
            yield entry["type"] if len(entry) == 1 else entry
        else:
            yield entry


def _said(entries: list[Any]) -> set[str]:
    """The names that entries refer to."""
    found: set[str] = set()
    waiting: list[Any] = [[entry.get("inputs"), entry.get("share")] for entry in entries]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.add(value.partition(":")[0])
        elif isinstance(value, list | dict):
            waiting += value.values() if isinstance(value, dict) else value
    return found
