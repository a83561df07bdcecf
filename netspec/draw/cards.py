"""A graph as cards: a closed block each, and small layers in the card of the one above; and what flows between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from netspec.draw.blocks import Folding, Frame
from netspec.graph import Graph, Node, Ref
from netspec.shapes import Tensor

#: Families whose layers are small enough to be a line in another's card.
FOLDED = frozenset({"activations", "normalization", "regularization"})


@dataclass(frozen=True)
class Card:
    """One box of the picture: an input, a closed block, or a layer and the small layers that follow it alone.

    ``leaving`` are the model's outputs that leave from it; ``frame`` is the closed block, ``around`` the open ones that
    it stands in, the outermost first.
    """

    name: str
    tensor: Tensor
    nodes: tuple[Node, ...]
    leaving: tuple[Ref, ...]
    frame: Frame | None = None
    around: tuple[Frame, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether it is what the model is given, and no layer."""
        return not self.nodes

    @property
    def family(self) -> str:
        """The family of its first layer; of a block, the one with the most parameters."""
        if self.frame:
            weights: Counter[str] = Counter()
            for node in self.nodes:
                weights[node.layer.family()] += node.parameters
            return max(weights, key=weights.__getitem__)
        return self.nodes[0].layer.family() if self.nodes else "input"

    @property
    def role(self) -> str:
        """The family that its colour shows: what it is to the model goes before what it is."""
        return "output" if self.leaving and self.nodes else self.family

    @property
    def parameters(self) -> int:
        """How many numbers its layers keep, in all rounds of a block."""
        return self.frame.parameters if self.frame else sum(node.parameters for node in self.nodes)

    @property
    def families(self) -> set[str]:
        """What the colours in it stand for."""
        return {self.role, self.family, *(node.layer.family() for node in self.nodes)}


@dataclass(frozen=True)
class Edge:
    """One tensor on its way from a card to the input ``position`` of another."""

    tail: str
    head: str
    position: int
    ref: Ref
    argument: str
    tensor: Tensor


@dataclass(frozen=True, eq=False)
class Cards:
    """All cards, each after those that it needs, and what flows between them."""

    cards: Mapping[str, Card]
    edges: tuple[Edge, ...]

    @cached_property
    def spine(self) -> frozenset[str]:
        """The cards of the longest way through the model."""
        before = self._before
        length: dict[str, int] = {}
        for name in self.cards:
            length[name] = 1 + max((length[each] for each in before[name]), default=0)
        way = [max(length, key=length.__getitem__)] if length else []
        while way and before[way[-1]]:
            way.append(max(before[way[-1]], key=length.__getitem__))
        return frozenset(way)

    @cached_property
    def skips(self) -> frozenset[tuple[str, str]]:
        """From which card to which an edge leads past others, while there is a longer way, too."""
        bit = {name: 1 << at for at, name in enumerate(self.cards)}
        ancestors: dict[str, int] = {}  # as the bits of a number
        for name, tails in self._before.items():
            ancestors[name] = 0
            for tail in tails:
                ancestors[name] |= ancestors[tail] | bit[tail]
        return frozenset(
            (tail, head)
            for head, tails in self._before.items()
            for tail in tails
            if any(bit[tail] & ancestors[each] for each in tails)
        )

    @cached_property
    def _before(self) -> dict[str, list[str]]:
        """For each card, the cards that it takes from."""
        before: dict[str, list[str]] = {name: [] for name in self.cards}
        for edge in self.edges:
            before[edge.head].append(edge.tail)
        return before

    @property
    def families(self) -> set[str]:
        """What the colours in the picture stand for."""
        return {family for card in self.cards.values() for family in card.families}


def deal(graph: Graph, folding: Folding = Folding()) -> Cards:  # noqa: B008 (it is frozen)
    """The cards of ``graph``, its blocks open or closed as ``folding`` has it."""
    stacks = _stacks(graph, folding)
    home = {name: name for name in graph.inputs} | {node.name: lead for lead, nodes in stacks.items() for node in nodes}
    home |= {name: home[folding.shown(name)] for name in folding.like}
    leaving: dict[str, tuple[Ref, ...]] = {}
    for ref in graph.outputs:
        leaving[home[ref.name]] = (*leaving.get(home[ref.name], ()), ref)
    edges = [edge for lead, nodes in stacks.items() for edge in _arriving(graph, lead, nodes, home, folding)]
    cards: dict[str, Card] = {}
    for name in _order(graph, stacks, edges, folding):
        if name in graph.inputs:
            cards[name] = Card(name, graph.inputs[name].tensor, (), leaving.get(name, ()))
            continue
        nodes = stacks[name]
        frame, around = folding.closed.get(nodes[0].name), folding.around.get(nodes[0].name, ())
        tensor = frame.leaving[0] if frame else nodes[-1].output
        cards[name] = Card(name, tensor, tuple(nodes), leaving.get(name, ()), frame, around)
    return Cards(cards, tuple(edges))


def _order(graph: Graph, stacks: dict[str, list[Node]], edges: list[Edge], folding: Folding) -> list[str]:
    """The names of all cards, an input just before the card, or the outermost frame, that takes it first."""
    takes: dict[str, list[str]] = {}
    for edge in edges:
        if edge.tail in graph.inputs:
            around = folding.around.get(stacks[edge.head][0].name, ())
            takes.setdefault(around[0].key if around else edge.head, []).append(edge.tail)
    order: dict[str, None] = {}
    for lead, nodes in stacks.items():
        around = folding.around.get(nodes[0].name, ())
        order |= dict.fromkeys(takes.get(around[0].key if around else lead, []))
        order[lead] = None
    return [*order, *(name for name in graph.inputs if name not in order)]


def _arriving(graph: Graph, lead: str, nodes: list[Node], home: dict[str, str], folding: Folding) -> list[Edge]:
    """The edges to a card: a tensor that several layers of a closed block take arrives once."""
    if nodes[0].name not in folding.closed:
        wires = list(zip(nodes[0].inputs, nodes[0].arguments, strict=True))
    else:
        inside = {node.name for node in nodes}
        refs = dict.fromkeys(ref for node in nodes for ref in node.inputs)
        wires = [(ref, "") for ref in refs if ref.name not in inside]
    return [
        Edge(home[ref.name], lead, position, ref, argument, graph.tensor(ref))
        for position, (ref, argument) in enumerate(wires)
    ]


def _stacks(graph: Graph, folding: Folding) -> dict[str, list[Node]]:
    """For each card's first layer or closed block, the layers of the card."""
    shown = [node for node in graph if node.name not in folding.like]
    taken = {
        (folding.shown(ref.name), folding.shown(node.name), at) for node in graph for at, ref in enumerate(node.inputs)
    }
    uses = Counter(name for name, _, _ in taken) + Counter(folding.shown(ref.name) for ref in graph.outputs)
    shared = {node.owner for node in graph if node.is_shared}
    stacks: dict[str, list[Node]] = {}
    lead: dict[str, str] = {}
    for node in shown:
        if frame := folding.closed.get(node.name):
            stacks.setdefault(frame.key, []).append(node)
            continue
        above = _above(graph, node)
        alone = node.layer.family() in FOLDED and not node.is_shared and node.name not in shared
        together = above in lead and folding.around.get(above) == folding.around.get(node.name)
        if together and alone and uses[above] == 1:
            lead[node.name] = lead[above]
            stacks[lead[above]].append(node)
        else:
            lead[node.name] = node.name
            stacks[node.name] = [node]
    return stacks


def _above(graph: Graph, node: Node) -> str:
    """The one layer with one output whose card could take ``node`` in."""
    if len(node.inputs) != 1 or len(node.outputs) != 1 or node.arguments != ("",):
        return ""
    above = graph.nodes.get(node.inputs[0].name)
    return above.name if above and len(above.outputs) == 1 else ""
