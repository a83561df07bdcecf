"""A graph as cards: small layers folded into the one above, the longest way, and the edges that skip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from netspec.graph import Graph, Node, Ref
from netspec.shapes import Tensor

#: Families whose layers are small enough to be a line in another's card.
FOLDED = frozenset({"activations", "normalization", "regularization"})


@dataclass(frozen=True)
class Card:
    """One box of the picture: an input, or a layer and the small layers that follow it alone.

    ``leaving`` are the model's outputs that leave from it.
    """

    name: str
    tensor: Tensor
    nodes: tuple[Node, ...]
    leaving: tuple[Ref, ...]

    @property
    def is_input(self) -> bool:
        """Whether it is what the model is given, and no layer."""
        return not self.nodes

    @property
    def family(self) -> str:
        """The family of its first layer."""
        return self.nodes[0].layer.family() if self.nodes else "input"

    @property
    def role(self) -> str:
        """The family that its colour shows: what it is to the model goes before what it is."""
        return "output" if self.leaving and self.nodes else self.family

    @property
    def parameters(self) -> int:
        """How many numbers its layers keep."""
        return sum(node.parameters for node in self.nodes)


@dataclass(frozen=True)
class Edge:
    """One tensor on its way from a card to the input ``position`` of another."""

    tail: str
    head: str
    position: int
    ref: Ref
    argument: str
    tensor: Tensor


@dataclass(frozen=True)
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
        inside = {node.layer.family() for card in self.cards.values() for node in card.nodes}
        return inside | {card.role for card in self.cards.values()}


def deal(graph: Graph) -> Cards:
    """The cards of ``graph``."""
    stacks = _stacks(graph)
    home = {name: name for name in graph.inputs} | {node.name: lead for lead, nodes in stacks.items() for node in nodes}
    leaving: dict[str, tuple[Ref, ...]] = {}
    for ref in graph.outputs:
        leaving[home[ref.name]] = (*leaving.get(home[ref.name], ()), ref)
    cards = {name: Card(name, each.tensor, (), leaving.get(name, ())) for name, each in graph.inputs.items()}
    for lead, nodes in stacks.items():
        cards[lead] = Card(lead, nodes[-1].output, tuple(nodes), leaving.get(lead, ()))
    edges = (
        Edge(home[ref.name], lead, position, ref, argument, graph.tensor(ref))
        for lead, (first, *_) in stacks.items()
        for position, (ref, argument) in enumerate(zip(first.inputs, first.arguments, strict=True))
    )
    return Cards(cards, tuple(edges))


def _stacks(graph: Graph) -> dict[str, list[Node]]:
    """For each card's first layer, the layers of the card."""
    uses = Counter(ref.name for node in graph for ref in node.inputs) + Counter(ref.name for ref in graph.outputs)
    shared = {node.owner for node in graph if node.is_shared}
    stacks: dict[str, list[Node]] = {}
    lead: dict[str, str] = {}
    for node in graph:
        above = _above(graph, node)
        alone = node.layer.family() in FOLDED and not node.is_shared and node.name not in shared
        if above and alone and uses[above] == 1:
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
