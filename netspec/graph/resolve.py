"""Spec to Graph, or every problem in it."""

from __future__ import annotations

import inspect
from math import prod
from typing import Any

from pydantic_core import PydanticCustomError

from netspec.graph.graph import Graph, Node, Ref, takes_a_list, takes_several
from netspec.graph.training import check_training
from netspec.layers import LAYERS, Layer
from netspec.layers.layer import Weights
from netspec.parts.term import problems_in, snake
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Shape, ShapeError, Tensor, said
from netspec.source import Loc
from netspec.spec import Spec, Step, Wire

MOST_NODES = 100_000
LARGEST_WEIGHT = 2**31  # numbers in one array


def resolve(spec: Spec, allow_large: bool = False) -> Graph:
    """The graph of ``spec``, or a ``SpecError`` that names every problem in it.

    A weight of more than 2**31 numbers is a problem too, unless ``allow_large``.
    """
    resolver = _Resolver(spec, LARGEST_WEIGHT if not allow_large else 2**63)
    graph = resolver.graph()
    if resolver.problems:
        raise SpecError(spec.source, resolver.problems)
    return graph


class _Resolver:
    """Goes down a spec once, and keeps what stands above: names, tensors and problems."""

    def __init__(self, spec: Spec, largest: int):
        self.spec = spec
        self.largest = largest
        self.problems: list[Problem] = list(spec.problems)
        self.tensors: dict[str, tuple[Tensor, ...] | None] = {}  # None: unknown, for a reason already told
        self.nodes: dict[str, Node] = {}
        self.used: set[str] = set()
        self.later = {step.name for step in spec.steps if step.name}
        self.counts: dict[str, int] = {}

    def wrong(self, code: str, message: str, loc: Loc, key: bool = False, trace: str = "") -> None:
        self.problems.append(Problem(code, message, loc, key, trace))

    def graph(self) -> Graph:
        spec = self.spec
        for name, given in spec.inputs.items():
            self.tensors[name] = (given.tensor,) if given else None
        if len(spec.steps) > MOST_NODES:
            self.wrong(
                "too-large", f"a net has at most {MOST_NODES:,} layers; this has {len(spec.steps):,}", ("layers",)
            )
        else:
            self.layers()
        outputs = self.outputs()
        graph = Graph(
            name=spec.name,
            description=spec.description,
            inputs={name: given for name, given in spec.inputs.items() if given},
            nodes=self.nodes,
            outputs=outputs,
            data=spec.data,
            train=spec.train,
            source=spec.source,
        )
        self.problems += check_training(graph, complete=not self.problems)
        return graph

    def layers(self) -> None:
        above = tuple(Ref(name) for name in self.spec.inputs)
        for step in self.spec.steps:
            name = self.name(step)
            self.tensors.setdefault(name, None)
            arriving = self.wired(step, above)
            above = (Ref(name),)
            if step.broken or arriving is None or name in self.nodes:
                continue
            refs, arguments = arriving
            if node := self.node(step, name, refs, arguments):
                self.nodes[name] = node
                self.tensors[name] = node.outputs

    def name(self, step: Step) -> str:
        """The author's name for a step, or the next that Keras would give; a name that is taken is a problem."""
        if step.name:
            if step.name in self.tensors:
                kind = "an input" if step.name in self.spec.inputs else "a layer above"
                self.wrong("repeated-name", f"{step.name!r} is already the name of {kind}", (*step.loc, "name"))
                return self.numbered(step.name)
            return step.name
        if step.share:
            return self.numbered(step.share)
        kind = step.fields.get("type", "")
        return self.numbered(snake(LAYERS.canonical(kind)) if isinstance(kind, str) else "layer")

    def numbered(self, stem: str) -> str:
        """``dense``, ``dense_1`` ... as Keras counts, past the names that authors took."""
        while True:
            count = self.counts.get(stem, 0)
            self.counts[stem] = count + 1
            name = f"{stem}_{count}" if count else stem
            if name not in self.tensors and name not in self.later:
                return name

    def wired(self, step: Step, above: tuple[Ref, ...]) -> tuple[tuple[Ref, ...], tuple[str, ...]] | None:
        """What a step takes and as which arguments; ``None`` where any of it is unknown."""
        wires = step.inputs
        if wires is None:
            self.used |= {ref.name for ref in above}
            return (above, ("",) * len(above)) if all(self.tensors[ref.name] for ref in above) else None
        refs = [self.ref(wire, step) for wire in wires]
        good = [ref for ref in refs if ref]
        if len(good) < len(refs) or not good:
            return None
        return tuple(good), tuple(wire.argument for wire in wires)

    def ref(self, wire: Wire, step: Step | None) -> Ref | None:
        """The tensor that a wire names, if it stands above and is known."""
        at = wire.loc
        if wire.name not in self.tensors:
            if wire.name in self.later:
                what = "itself" if step and wire.name == step.name else "below"
                self.wrong("unknown-name", f"{wire.name!r} stands {what}: a reference looks upward only", at)
            else:
                self.wrong(
                    "unknown-name", f"nothing above is called {wire.name!r}{nearest(wire.name, self.tensors)}", at
                )
            return None
        self.used.add(wire.name)
        tensors = self.tensors[wire.name]
        if tensors is None:
            return None
        if wire.index >= len(tensors):
            many = "one output" if len(tensors) == 1 else f"{len(tensors)} outputs, ':0' to ':{len(tensors) - 1}'"
            self.wrong("unknown-name", f"{wire.name!r} has {many}: there is no ':{wire.index}'", at)
            return None
        return Ref(wire.name, wire.index)

    def node(self, step: Step, name: str, refs: tuple[Ref, ...], arguments: tuple[str, ...]) -> Node | None:
        owner = self.owner(step)
        layer = owner.layer if owner else self.layer(step)
        if layer is None:
            return None
        tensors = [self.tensor(ref) for ref in refs]
        call = self.call(step, layer, tensors, arguments)
        if call is None:
            return None
        shapes, named = call
        dtype = layer.result(*(tensor.dtype for tensor in tensors))
        try:
            made = (layer.output(*shapes, **named), *layer.states(*shapes, **named))
            weights, state = layer.weights(*shapes, **named), layer.state(*shapes, **named)
            macs = layer.macs(*shapes, **named)
        except ShapeError as error:
            self.wrong("shape-mismatch", f"{name}: {error}", step.loc, trace=self.trace(refs[0]))
            return None
        if owner and (weights, state) != (owner.weights, owner.state):
            first, second = (said(self.tensor(each[0]).shape) for each in (owner.inputs, refs))
            message = f"{name}: the weights of {owner.name!r} were made for {first}, and here {second} arrives"
            self.wrong("shape-mismatch", message, step.loc, trace=self.trace(refs[0]))
            return None
        if not self.fits(step, name, weights):
            return None
        outputs = tuple(Tensor(shape, dtype) for shape in made)
        return Node(
            name, layer, refs, arguments, outputs, weights, state, macs, owner.name if owner else name, step.loc
        )

    def owner(self, step: Step) -> Node | None:
        """The node whose layer a step shares."""
        if step.share is None:
            return None
        if step.share in self.nodes:
            return self.nodes[self.nodes[step.share].owner]
        if step.share not in self.tensors or step.share in self.spec.inputs:
            layers = [name for name in self.tensors if name not in self.spec.inputs]
            message = f"no layer above is called {step.share!r}{nearest(step.share, layers)}"
            self.wrong("unknown-name", message, (*step.loc, "share"))
        return None

    def layer(self, step: Step) -> Layer | None:
        if step.share is not None:
            return None
        try:
            return LAYERS.read(dict(step.fields))
        except PydanticCustomError as error:
            self.problems += [problem.inside(step.loc) for problem in problems_in(error)]
            return None

    def call(
        self, step: Step, layer: Layer, tensors: list[Tensor], arguments: tuple[str, ...]
    ) -> tuple[list[Shape], dict[str, Any]] | None:
        """The shapes as a layer's rules take them: in order, and by the names of the call's arguments."""
        kind = type(layer).__name__
        parameters = inspect.signature(layer.output).parameters
        many = takes_a_list(layer)
        plain = [tensor.shape for tensor, argument in zip(tensors, arguments, strict=True) if not argument]
        named: dict[str, Any] = {}
        for tensor, argument in zip(tensors, arguments, strict=True):
            if not argument:
                continue
            at = (*step.loc, "inputs", argument)
            if argument not in parameters or many:
                hint = "; it takes a list" if many else nearest(argument, parameters)
                self.wrong("unknown-argument", f"{kind} is not called with {argument!r}{hint}", at, key=True)
                return None
            if takes_several(layer, argument):
                named[argument] = (*named.get(argument, ()), tensor.shape)
            elif argument in named:
                self.wrong("wrong-inputs", f"{kind} takes one {argument!r}, not several", at)
                return None
            else:
                named[argument] = tensor.shape
        needed = [name for name, each in parameters.items() if each.default is each.empty and not many]
        if missing := [name for name in needed[len(plain) :] if name not in named]:
            self.wrong("wrong-inputs", f"{kind} needs {missing[0]!r} among its inputs", (*step.loc, "inputs"))
            return None
        if not many and len(plain) > 1:
            names = f"; name them: inputs = {{ {', '.join(f'{name} = ...' for name in parameters)} }}"
            more = names if len(parameters) > 1 else ""
            said_ = step.inputs is not None
            hint = "" if said_ else ": say which with 'inputs'"
            self.wrong(
                "wrong-inputs",
                f"{kind} takes one input, not {len(plain)}{more or hint}",
                (*step.loc, "inputs") if said_ else step.loc,
            )
            return None
        return plain, named

    def fits(self, step: Step, name: str, weights: Weights) -> bool:
        for key, shape in weights.items():
            if (count := prod(dim or 1 for dim in shape)) > self.largest:
                sizes = "×".join(map(str, shape))
                message = f"{name}: its {key} would hold {sizes} = {count:,} numbers; --allow-large permits it"
                self.wrong("too-large", message, step.loc)
                return False
        return True

    def outputs(self) -> tuple[Ref, ...]:
        """The tensors that the spec names as outputs, or those that nothing consumes; what leads to none is a problem."""
        last = [node for name, node in self.nodes.items() if name not in self.used]
        if self.spec.outputs is None:
            refs = [Ref(node.name, index) for node in last for index in range(len(node.outputs))]
            for name in set(self.spec.inputs) - self.used:
                self.wrong("unused-input", f"nothing takes input {name!r}", ("inputs", name), key=True)
            return tuple(refs)
        found = [(wire, self.ref(wire, None)) for wire in self.spec.outputs]
        refs = []
        for wire, ref in found:
            if ref in refs:
                self.wrong("repeated-name", f"{str(ref)!r} is already an output", wire.loc)
            elif ref and ref.name in self.spec.inputs:
                self.wrong("wrong-inputs", f"{ref.name!r} is an input: an output is a layer's", wire.loc)
            elif ref:
                refs.append(ref)
        if not any(ref is None for _, ref in found) and not self.problems:
            self.unreached(refs)
        return tuple(refs)

    def unreached(self, refs: list[Ref]) -> None:
        """Every layer and input must lead to an output: Keras would drop it without a word."""
        reached: set[str] = set()
        waiting = [ref.name for ref in refs]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += [ref.name for ref in self.nodes[name].inputs] if name in self.nodes else []
        for name, node in self.nodes.items():
            if name not in reached:
                self.wrong("unused-layer", f"{name!r} leads to no output", node.loc)
        for name in self.spec.inputs:
            if name not in reached:
                self.wrong("unused-input", f"input {name!r} leads to no output", ("inputs", name), key=True)

    def tensor(self, ref: Ref) -> Tensor:
        tensors = self.tensors[ref.name]
        assert tensors is not None
        return tensors[ref.index]

    def trace(self, ref: Ref) -> str:
        """The chain of shapes that leads to a tensor, its last six steps."""
        chain: list[str] = []
        while True:
            chain.append(f"{ref} {said(self.tensor(ref).shape)}")
            if ref.name not in self.nodes:
                break
            if len(chain) == 6:
                chain.append("…")
                break
            ref = self.nodes[ref.name].inputs[0]
        return " → ".join(reversed(chain))
