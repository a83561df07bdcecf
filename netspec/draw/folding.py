"""A graph as stacks: an input or a layer, and the small layers that follow it alone and are said with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netspec.draw.captions import Caption, caption, exactly, heading
from netspec.draw.texts import shape
from netspec.graph import Graph, Node, Ref
from netspec.parts.term import snake
from netspec.shapes import Tensor, said


@dataclass(frozen=True)
class Stack:
    """What is drawn as one: an input (``lead`` is ``None``) or a layer, with what is folded into it.

    ``made`` leaves its first part, ``tensor`` the last; ``leaving`` are the model's outputs that leave from it.
    """

    name: str
    lead: Node | None
    folded: tuple[Node, ...]
    made: Tensor
    tensor: Tensor
    leaving: tuple[Ref, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its layers, in order."""
        return (*([self.lead] if self.lead else []), *self.folded)

    @property
    def told(self) -> list[str]:
        """All there is to say of its first part, in full."""
        if self.lead:
            return told(self.lead)
        return [f"{self.name}: input {shape(self.made.shape)} {self.made.dtype}"]

    @property
    def is_shared(self) -> bool:
        """Whether its layer's weights are another's."""
        return self.lead is not None and self.lead.is_shared


@dataclass(frozen=True)
class Stacks:
    """All stacks, each after those that it takes from, and from which to which something flows."""

    stacks: Mapping[str, Stack]
    links: tuple[tuple[str, str], ...]

    def before(self, name: str) -> list[Stack]:
        """The stacks that one takes from."""
        return [self.stacks[tail] for tail, head in self.links if head == name]

    def after(self, name: str) -> list[Stack]:
        """The stacks that take from one."""
        return [self.stacks[head] for tail, head in self.links if tail == name]


def fold(graph: Graph, is_small: Callable[[Node], bool]) -> Stacks:
    """The stacks of ``graph``: ``is_small`` tells which layers are folded into what stands above where they can be."""
    uses = Counter(ref.name for node in graph for ref in node.inputs) + Counter(ref.name for ref in graph.outputs)
    shared = {node.owner for node in graph if node.is_shared}
    home = {name: name for name in graph.inputs}
    inside: dict[str, list[Node]] = {name: [] for name in graph.inputs}
    for node in graph:
        above = node.inputs[0].name
        alone = len(node.inputs) == 1 and len(node.outputs) == 1 and uses[above] == 1 and node.arguments == ("",)
        plain = above not in graph.nodes or len(graph.nodes[above].outputs) == 1
        if alone and plain and not node.is_shared and node.name not in shared and is_small(node):
            home[node.name] = home[above]
            inside[home[above]].append(node)
        else:
            home[node.name] = node.name
            inside[node.name] = []
    leaving = [(home[ref.name], ref) for ref in graph.outputs]
    stacks = {
        name: Stack(
            name,
            graph.nodes.get(name),
            tuple(folded),
            graph.tensor(Ref(name)),
            folded[-1].output if folded else graph.tensor(Ref(name)),
            tuple(ref for where, ref in leaving if where == name),
        )
        for name, folded in inside.items()
    }
    links = dict.fromkeys(
        (home[ref.name], name) for name, stack in stacks.items() if stack.lead for ref in stack.lead.inputs
    )
    return Stacks(stacks, tuple(links))


def told(node: Node) -> list[str]:
    """All there is to say of a layer, in full."""
    leaving = ", ".join(f"{shape(tensor.shape)} {tensor.dtype}" for tensor in node.outputs)
    kept = {**node.weights, **node.state}
    weights = ", ".join(f"{name} {said((None, *dims))}" for name, dims in kept.items())
    return [
        f"{node.name}: {node.type} → {leaving}",
        *exactly(node.layer),
        *([f"shares {node.owner}"] if node.is_shared else []),
        *([f"{node.parameters:,} parameters: {weights}"] if weights else []),
        *([f"{node.macs:,} multiply-adds"] if node.macs else []),
    ]


def brief(node: Node) -> str:
    """A folded layer in a few words, its name among them where its author gave it one."""
    head = heading(node.layer)
    spoken: Caption = caption(node.layer)
    parts = [part for part in (*spoken.does, *spoken.keeps) if part != head]
    own = node.name.rpartition(".")[2]  # without the block that it is in
    named = not re.fullmatch(rf"{re.escape(snake(node.type))}(_\d+)?", own)
    first = f"{head} {parts[0].removeprefix('rate ')}" if parts else head
    return " · ".join([first, *parts[1:], *([node.name] if named else [])])
