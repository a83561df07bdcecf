"""Spec to Graph, or every problem in it: expressions evaluated, blocks unrolled, names looked up, shapes inferred.

All of it in one pass, in order, since an expression may speak of the shape that reaches its block.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import PydanticCustomError

from netspec.graph.graph import Graph, Group, Node, Ref
from netspec.graph.infer import Inference, Refused
from netspec.graph.origins import begun
from netspec.graph.outputs import outputs_of
from netspec.graph.pretraining import check_pretraining
from netspec.graph.scope import Scope, Tensors
from netspec.graph.searching import check_searching
from netspec.graph.trace import explained, trace
from netspec.graph.training import check_training
from netspec.layers import LAYERS, Layer
from netspec.parts.faults import problems_in
from netspec.parts.term import snake
from netspec.problems import Problem, SpecError, nearest
from netspec.shapes import Tensor, said
from netspec.source import Loc
from netspec.spec import Spec, Step, Wire, read_entry

MOST_NODES = 100_000
LARGEST_WEIGHT = 2**31  # numbers in one array


def resolve(spec: Spec, allow_large: bool = False, inference: Inference | None = None) -> Graph:
    """The graph of ``spec``, or a ``SpecError`` that names every problem in it.

    A weight of more than 2**31 numbers is a problem too, unless ``allow_large``.  An ``inference`` that was at work on
    other specs knows what it worked out there.
    """
    resolver = Resolver(spec, inference or inferring(allow_large))
    graph = resolver.graph()
    if resolver.problems:
        raise SpecError(spec.source, resolver.problems)
    return graph


def inferring(allow_large: bool = False) -> Inference:
    """What applies the rules of layers, and remembers what came of them."""
    return Inference(LARGEST_WEIGHT if not allow_large else 2**63)


class Resolver:
    """Goes down a spec once, and keeps what stands above: nodes, their tensors, and problems."""

    def __init__(self, spec: Spec, inference: Inference):
        self.spec = spec
        self.problems: list[Problem] = list(spec.problems)
        self.nodes: dict[str, Node] = {}
        self.order: list[str] = []  # their names, as they came
        self.groups: dict[str, Group] = {}
        self.used: set[str] = set()
        self.stack: list[str] = []  # the blocks that are being unrolled, the outermost first
        self.rounds = 0
        self.frozen = False  # whether a block around what is read now says trainable = false
        self.inference = inference

    def wrong(self, code: str, message: str, loc: Loc, key: bool = False, trace: str = "") -> None:
        self.problems.append(Problem(code, message, loc, key, trace))

    def graph(self) -> Graph:
        spec = self.spec
        inputs: dict[str, Tensors] = {name: (Ref(name),) if given else None for name, given in spec.inputs.items()}
        scope = Scope("", spec.vars, inputs)
        if not self.is_too_large():
            self.entries(spec.entries, ("layers",), scope, _together(list(inputs.values())))
        for name in _unused(spec) if not self.problems else ():
            self.wrong("unused-block", f"nothing uses block {name!r}", ("blocks", name), key=True)
        graph = Graph(
            name=spec.name,
            description=spec.description,
            inputs={name: given for name, given in spec.inputs.items() if given},
            nodes=self.nodes,
            outputs=outputs_of(self, scope),
            groups=self.groups,
            data=spec.data,
            train=spec.train,
            pretrain=spec.pretrain,
            search=spec.search,
            source=spec.source,
        )
        is_complete = not self.problems
        self.problems += check_training(graph, is_complete)
        self.problems += check_pretraining(graph, is_complete)
        self.problems += check_searching(graph, is_complete)
        return graph

    def is_too_large(self) -> bool:
        """Tell of entries that unroll to more layers than a net may have, before they are unrolled."""
        from netspec.graph.blocks import least

        count, known = 0, dict[str, int]()
        for index, entry in enumerate(self.spec.entries):
            count += least(self.spec, [entry], known)
            if count > MOST_NODES:
                message = f"a net has at most {MOST_NODES:,} layers; this unrolls to more"
                self.wrong("too-large", message, ("layers", index))
                return True
        return False

    def entries(self, entries: tuple[object, ...], loc: Loc, scope: Scope, above: Tensors) -> Tensors:
        """Go down a list of entries; what leaves the last of them."""
        scope.expect(entries)
        for index, entry in enumerate(entries):
            if len(self.nodes) > MOST_NODES:
                message = f"a net has at most {MOST_NODES:,} layers; this unrolls to more"
                self.wrong("too-large", message, (*loc, index))
                return None
            step, problems = read_entry(entry, (*loc, index), scope.vars)
            self.problems += problems
            above = self.step(step, scope, above)
        return above

    def step(self, step: Step, scope: Scope, above: Tensors) -> Tensors:
        """Put one step in its place; what is above the next."""
        if step.absent:
            if step.name:
                scope.names[step.name] = self.passed_on(step, scope, above)
            return above
        if step.block is not None or (step.share and scope.prefix + step.share in self.groups):
            from netspec.graph.blocks import copied, used  # a block is made of steps

            return (copied if step.block is None else used)(self, step, scope, above)
        name = self.name(step, scope)
        arriving = self.wired(step, scope, above)
        owner = self.owner(step, scope)
        layer = owner.layer if owner else self.layer(step)  # read even where nothing is known of what arrives
        scope.names.setdefault(name, None)
        if step.broken or arriving is None or layer is None:
            return None
        node = self.node(step, scope.prefix + name, layer, owner, *arriving)
        if node is None:
            return None
        self.put(node := begun(self, step, node))
        scope.names[name] = tuple(Ref(node.name, index) for index in range(len(node.outputs)))
        return (Ref(node.name),)

    def passed_on(self, step: Step, scope: Scope, above: Tensors) -> Tensors:
        """What the name of an entry that is left out stands for: what it would have taken."""
        if step.inputs is None:
            return above
        found = [self.ref(wire, step, scope, use=False) for wire in step.inputs]
        return tuple(ref for ref in found if ref) if all(found) else None

    def name(self, step: Step, scope: Scope) -> str:
        """The author's name for a step, or the next that Keras would give; a name that is taken is a problem."""
        if step.name:
            if step.name not in scope.names and scope.prefix + step.name not in self.nodes:
                return step.name
            kind = "an input" if step.name in scope.inputs else "a layer above"
            self.wrong("repeated-name", f"{step.name!r} is already the name of {kind}", (*step.loc, "name"))
            return scope.numbered(step.name)
        if step.share or step.block:
            return scope.numbered(str(step.share or step.block))
        kind = step.fields.get("type", "")
        return scope.numbered(_stem(kind) if isinstance(kind, str) else "layer")

    def wired(self, step: Step, scope: Scope, above: Tensors) -> tuple[tuple[Ref, ...], tuple[str, ...]] | None:
        """What a step takes and as which arguments; ``None`` where any of it is unknown."""
        if step.inputs is None:
            self.used |= {ref.name for ref in above or ()}
            return (above, ("",) * len(above)) if above else None
        refs = [self.ref(wire, step, scope) for wire in step.inputs]
        good = [ref for ref in refs if ref]
        if len(good) < len(refs) or not good:
            return None
        return tuple(good), tuple(wire.argument for wire in step.inputs)

    def ref(self, wire: Wire, step: Step | None, scope: Scope, use: bool = True) -> Ref | None:
        """The tensor that a wire names, if it stands above and is known."""
        if not scope.is_known(wire.name):
            self.unknown(wire.name, step, scope, "nothing above" if step else "no layer", wire.loc)
            return None
        tensors = scope.names.get(wire.name)
        if not tensors:
            return None
        if wire.index >= len(tensors):
            many = "one output" if len(tensors) == 1 else f"{len(tensors)} outputs, ':0' to ':{len(tensors) - 1}'"
            self.wrong("unknown-name", f"{wire.name!r} has {many}: there is no ':{wire.index}'", wire.loc)
            return None
        if use:
            self.used.add(tensors[wire.index].name)
        return tensors[wire.index]

    def unknown(self, name: str, step: Step | None, scope: Scope, nothing: str, at: Loc) -> None:
        """Tell of a name that nothing above has."""
        if where := scope.where(name, step):
            self.wrong("unknown-name", f"{name!r} {where}: a reference looks upward only", at)
        else:
            self.wrong("unknown-name", f"{nothing} is called {name!r}{nearest(name, scope.names)}", at)

    def owner(self, step: Step, scope: Scope) -> Node | None:
        """The node whose layer a step shares."""
        if step.share is None:
            return None
        tensors = scope.names.get(step.share)
        if tensors and tensors[0].name in self.nodes and step.share != step.name:
            return self.nodes[self.nodes[tensors[0].name].owner]
        at = (*step.loc, "share")
        if step.share in scope.inputs:
            self.wrong("unknown-name", f"{step.share!r} is an input: only a layer is shared", at)
        elif not scope.is_known(step.share) or step.share == step.name:
            self.unknown(step.share, step, scope, "no layer above", at)
        return None

    def layer(self, step: Step) -> Layer | None:
        """The layer that a step states; equal steps give the same one."""
        if not step.fields:
            return None
        key = repr((step.fields, self.frozen))
        if key not in self.inference.layers:
            try:
                layer = LAYERS.read(dict(step.fields))
            except PydanticCustomError as error:
                self.problems += [problem.inside(step.loc) for problem in problems_in(error)]
                return None
            self.inference.layers[key] = layer.model_copy(update={"trainable": False}) if self.frozen else layer
        return self.inference.layers[key]

    def node(
        self,
        step: Step,
        name: str,
        layer: Layer,
        owner: Node | None,
        refs: tuple[Ref, ...],
        arguments: tuple[str, ...],
    ) -> Node | None:
        try:
            made = self.inference.made(step, name, layer, [self.tensor(ref) for ref in refs], arguments)
        except Refused as refused:
            self.problems.append(explained(self, refused, layer, refs[refused.at], arguments[refused.at], step.loc))
            return None
        if owner and (made.weights, made.state) != (owner.weights, owner.state):
            first, second = (said(self.tensor(each[0]).shape) for each in (owner.inputs, refs))
            message = f"{name}: the weights of {owner.name!r} were made for {first}, and here {second} arrives"
            self.wrong("shape-mismatch", message, step.loc, trace=trace(self, refs[0]))
            return None
        return Node(name, layer, refs, arguments, *made, owner.name if owner else name, step.loc)

    def put(self, node: Node) -> None:
        """Let a node stand."""
        self.nodes[node.name] = node
        self.order.append(node.name)

    def tensor(self, ref: Ref) -> Tensor:
        """What leaves there."""
        if ref.name in self.nodes:
            return self.nodes[ref.name].outputs[ref.index]
        given = self.spec.inputs[ref.name]
        assert given is not None
        return given.tensor


def _unused(spec: Spec) -> set[str]:
    """The blocks that no entry names, not even one that is left out."""
    entries = [*spec.entries, *(entry for block in spec.blocks.values() for entry in block.entries)]
    named = {str(entry["block"]) for entry in entries if isinstance(entry, dict) and "block" in entry}
    return set() if any("${" in name for name in named) else set(spec.blocks) - named


@lru_cache(maxsize=1000)
def _stem(kind: str) -> str:
    """What Keras calls a layer of a type that nobody named."""
    return snake(LAYERS.canonical(kind))


def _together(found: list[Tensors]) -> Tensors:
    """All tensors of several names, ``None`` where any is unknown."""
    refs = [ref for tensors in found if tensors for ref in tensors]
    return tuple(refs) if all(found) and refs else None
