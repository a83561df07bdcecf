"""Specs drawn at random: every layer, its arguments drawn from what its class says of them.

Nothing is listed layer by layer: which arguments there are, of what type and between which bounds, is read from the
fields, and how many tensors a layer takes from its rules.
"""

from __future__ import annotations

import inspect
from math import prod
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError
from random_values import USABLE, Entry, Values

from netspec.graph.infer import Inference, Refused
from netspec.layers import LAYERS, Layer
from netspec.shapes import Tensor, times
from netspec.spec import Step

LARGEST = 20_000  # numbers in what leaves a layer for one sample, or in one of its weights
TRIES = 600  # until a layer is found that its rules accept


class Reached(NamedTuple):
    """A tensor that a layer may take, and the reference to it."""

    ref: str
    tensor: Tensor


class Call(NamedTuple):
    """A layer as its author states it, and what reaches it under which arguments of its call."""

    entry: Entry
    tensors: list[Tensor]
    arguments: tuple[str, ...]

    @property
    def cls(self) -> type[Layer]:
        """The layer's class."""
        return LAYERS[self.entry["type"]]

    def document(self) -> dict[str, Any]:
        """The smallest document in which the layer is called so."""
        names = [f"x{place}" for place in range(len(self.tensors))]
        inputs = dict(zip(names, self.tensors, strict=True))
        return {"inputs": _stated(inputs), "layers": [{**self.entry, "inputs": wires(self.arguments, names)}]}


class Drawn(NamedTuple):
    """A document, each of its layers by its place, and the places of those that the rules refuse."""

    table: dict[str, Any]
    calls: dict[int, Call]
    bad: set[int]

    @property
    def good(self) -> dict[str, Any]:
        """The document without what is refused, on which nothing else stands."""
        layers = [entry for place, entry in enumerate(self.table["layers"]) if place not in self.bad]
        said = str([entry.get("inputs") for entry in layers])
        inputs = {name: given for name, given in self.table["inputs"].items() if f"'{name}'" in said}
        used = {entry["block"] for entry in layers if "block" in entry}
        blocks = {name: block for name, block in self.table["blocks"].items() if name in used}
        return {**self.table, "inputs": inputs, "layers": layers, "blocks": blocks}


def _stated(inputs: dict[str, Tensor]) -> dict[str, Any]:
    """Inputs as an author states them."""
    return {
        name: {"shape": ["?" if dim is None else dim for dim in tensor.shape[1:]], "dtype": tensor.dtype}
        for name, tensor in inputs.items()
    }


def wires(arguments: tuple[str, ...], refs: list[str]) -> Any:
    """What a layer takes, as an author writes it."""
    if not any(arguments):
        return refs if len(refs) > 1 else refs[0]
    table: dict[str, Any] = {}
    for ref, argument in zip(refs, arguments, strict=True):
        before = table.get(argument, [])
        table[argument] = [*(before if isinstance(before, list) else [before]), ref] if before else ref
    return table


def drawn(seed: int) -> Drawn:
    """The document of that seed; each layer in turn is the one that a seed begins with."""
    return _Author(seed).document()


class _Author(Values):
    """Draws a document, a layer at a time."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self.seed = seed
        self.inference = Inference(2**31)
        self.inputs: dict[str, Tensor] = {}
        self.entries: list[Entry] = []
        self.pool: list[Reached] = []
        self.blocks: dict[str, Any] = {}
        self.calls: dict[int, Call] = {}
        self.bad: set[int] = set()
        self.risky = self.often(0.35)  # whether some of its layers are drawn without asking the rules

    def document(self) -> Drawn:
        kinds = [USABLE[self.seed % len(USABLE)], *self.rng.choices(USABLE, k=self.rng.choice((0, 1, 2, 3, 4, 6)))]
        for kind in kinds:
            self.add(kind)
            if self.calls and self.often(0.1):
                self.share()
        table = {"name": f"random{self.seed}", "inputs": _stated(self.inputs), "blocks": self.blocks}
        return Drawn({**table, "layers": self.entries}, self.calls, self.bad)

    def add(self, kind: str) -> None:
        """A layer of that kind on what stands above or on new inputs; one that its rules accept, if one is found."""
        if "Cell" in kind and self.often(0.9):
            cell, kind = kind, "RNN"
        else:
            cell = ""
        refused = self.risky and bool(self.entries) and self.often(0.6)
        self.wild = self.rng.choice((0.0, 0.1, 0.4)) if refused else 0.0
        for _ in range(1 if refused else TRIES):
            new: dict[str, Tensor] = {}
            entry = self.entry(kind)
            if cell:
                entry["cell"] = self.entry(cell, 1)
            tensors, arguments = self.wired(kind, entry, new)
            call = Call(entry, [each.tensor for each in tensors], arguments)
            outputs = self.outputs(call)
            if outputs or (refused and outputs is not None):
                self.put(call, [each.ref for each in tensors], new, outputs)
                return

    def put(self, call: Call, refs: list[str], new: dict[str, Tensor], outputs: list[Tensor]) -> None:
        place, name = len(self.entries), f"layer{len(self.entries)}"
        taken = {key: tensor for key, tensor in new.items() if key in refs}
        self.inputs |= taken
        self.pool += [Reached(key, tensor) for key, tensor in taken.items()]
        self.calls[place] = call
        if outputs:
            self.reach(name, outputs)
        else:
            self.bad.add(place)
        entry = {"name": name, **call.entry, "inputs": wires(call.arguments, refs)}
        self.entries.append(self.folded(entry, call, outputs) if len(outputs) == 1 and self.often(0.15) else entry)

    def reach(self, name: str, outputs: list[Tensor]) -> None:
        """Let what leaves a layer be taken by others."""
        self.pool += [Reached(f"{name}:{index}" if index else name, each) for index, each in enumerate(outputs)]

    def folded(self, entry: Entry, call: Call, outputs: list[Tensor]) -> Entry:
        """The same layer by way of a block: with vars, in several rounds, as a model, beside a layer left out."""
        inside = {key: value for key, value in entry.items() if key not in ("name", "inputs")}
        taken = inspect.signature(call.cls.output).parameters
        if len(call.tensors) > 1 or any(call.arguments) or any(one.default == () for one in taken.values()):
            return entry
        numbers = {key: value for key, value in inside.items() if type(value) in (int, float, bool)}
        inside |= {key: f"${{{key}}}" for key in numbers}
        layers: list[Any] = [inside]
        if self.often(0.5):
            layers.insert(0, {"type": "Dense", "units": 0, "when": "${index > 9 or len(input.shape) < 1}"})
        name = f"block{len(self.blocks)}"
        self.blocks[name] = {"vars": dict.fromkeys(numbers, 0), "layers": layers}
        use = {"name": entry["name"], "block": name, "vars": numbers, "inputs": entry["inputs"]}
        if outputs == call.tensors:
            use["repeat"] = self.rng.choice((1, 2, 3))
        return use | ({"as_model": True} if self.often(0.3) else {})

    def share(self) -> None:
        """A layer above once more, on something of the same shape."""
        place = self.rng.choice(sorted(self.calls.keys() - self.bad) or [-1])
        if place < 0:
            return
        call, name = self.calls[place], f"again{len(self.entries)}"
        refs = [self.rng.choice([each.ref for each in self.pool if each.tensor == tensor]) for tensor in call.tensors]
        self.reach(name, self.outputs(call) or [])
        shared = {"share": self.entries[place]["name"], "inputs": wires(call.arguments, refs)}
        self.entries.append({"name": name, **shared})

    def outputs(self, call: Call) -> list[Tensor] | None:
        """What leaves, nothing where the rules refuse it, ``None`` where it is too large to be tried."""
        try:
            layer = LAYERS.read(dict(call.entry))
            made = self.inference.made(Step((), None, {}, None), "", layer, call.tensors, call.arguments)
        except (PydanticCustomError, Refused):
            return []
        sizes = [times(each.shape) for each in made.outputs]
        weights = [prod(dim or 1 for dim in shape) for shape in {**made.weights, **made.state}.values()]
        return list(made.outputs) if max([*sizes, *weights]) <= LARGEST else None

    def wired(self, kind: str, entry: Entry, new: dict[str, Tensor]) -> tuple[list[Reached], tuple[str, ...]]:
        """What reaches a layer, and as which arguments of its call."""
        parameters = list(inspect.signature(LAYERS[kind].output).parameters.values())[1:]
        first = self.tensor(new)
        if parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
            count = self.rng.choice((1, 2, 2, 2, 3))
            return [first, *(self.like(first, new) for _ in range(count - 1))], ("",) * count
        tensors, names = [first], [parameters[0].name]
        for each in parameters[1:]:
            if each.default == ():
                if self.often(0.3):
                    states = self.remembered(kind, entry, first)
                    tensors += [self.fresh(shape, new) for shape in states]
                    names += [each.name] * len(states)
            elif each.default is each.empty or self.often(0.15):
                tensors.append(self.mask(first, new) if each.name.endswith("mask") else self.like(first, new))
                names.append(each.name)
        return tensors, ("",) if len(tensors) == 1 else tuple(names)

    def remembered(self, kind: str, entry: Entry, first: Reached) -> list[Any]:
        """The shapes of a recurrent layer's states, or others."""
        try:
            layer = LAYERS.read({**entry})
            pair = [layer] if not hasattr(layer, "pair") else list(layer.pair)
            shapes = [shape for each in pair for shape in each.remembered(first.tensor.shape)]
        except Exception:  # what is wrong with it is told elsewhere
            shapes = []
        if not shapes or self.often(0.1):
            shapes = [
                (None, *(self.dim() for _ in range(self.rng.choice((1, 1, 2, 3)))))
                for _ in range(self.rng.choice((1, 2)))
            ]
        return shapes

    def tensor(self, new: dict[str, Tensor]) -> Reached:
        """Something above, or a new input."""
        if self.pool and self.often(0.6):
            return self.pool[-1] if self.often(0.4) else self.rng.choice(self.pool)
        rank = self.rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5))
        return self.fresh((None, *(self.dim() for _ in range(rank))), new)

    def dim(self) -> int | None:
        return None if self.often(0.12) else self.rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 9, 12))

    def fresh(self, shape: Any, new: dict[str, Tensor], dtype: str = "") -> Reached:
        dtypes = (*("float32",) * 12, *("int32", "string") * 2, "int64", "float16", "float64", "bool", "uint8")
        name = f"x{len(self.inputs) + len(new)}"
        new[name] = Tensor(shape, dtype or self.rng.choice(dtypes))
        return Reached(name, new[name])

    def like(self, first: Reached, new: dict[str, Tensor]) -> Reached:
        """The tensor itself, or a new input of nearly the same shape."""
        if self.often(0.3):
            return first
        shape = list(first.tensor.shape)
        if len(shape) > 1 and self.often(0.4):
            shape[self.rng.randrange(1, len(shape))] = self.rng.choice((1, 2, 3, None))
        if self.often(0.05):
            shape.append(self.dim())
        return self.fresh(tuple(shape), new, first.tensor.dtype if self.often(0.8) else "")

    def mask(self, first: Reached, new: dict[str, Tensor]) -> Reached:
        shape = first.tensor.shape
        over = self.rng.choice((shape[:-1], shape[:-1], (*shape[:-1], shape[-2] if len(shape) > 2 else 1), shape))
        return self.fresh(over, new, self.rng.choice(("bool", "bool", "float32")))
