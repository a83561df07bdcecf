"""All that there is to say of each layer, input and block, as a page holds it: under the id that it has in pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from netspec.draw.attributes import id_of
from netspec.draw.blocks import Folding, Frame, above, deepest, fold, groups
from netspec.draw.cards import Card, Cards, deal
from netspec.draw.labels import contents
from netspec.draw.texts import LONGEST, clean, identifier, shape
from netspec.graph import Graph, Group, Node
from netspec.parts.explain import arguments
from netspec.parts.term import Term, written
from netspec.shapes import Tensor, said
from netspec.source import Loc, Source

MOST_TEXT = 100_000  # bytes of specs that a page carries


class Details:
    """What a page says of ``graph``."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.texts = Texts(graph)
        self.foldings = [fold(graph, depth) for depth in range(deepest(graph) + 1)]
        self.inner = _inner(graph)
        leaving = {ref.name for ref in graph.outputs}
        self._at = _places(graph, self.foldings)
        self.entries: dict[str, dict[str, Any]] = {
            **{identifier("input", name): self._input(name, name in leaving) for name in graph.inputs},
            **{identifier("layer", node.name): self._layer(node, node.name in leaving) for node in graph},
            **{key: self._block(frame) for key, frame in dict(self._frames()).items()},
        }

    @property
    def types(self) -> dict[str, Any]:
        """For each type of layer its sentence and its defaults."""
        classes = {node.type: type(node.layer) for node in self.graph}
        return {
            name: {
                "about": cls.sentence().replace("``", ""),
                "family": cls.family(),
                "defaults": [
                    [each.name, "none" if each.default is None else _value(each.default)]
                    for each in arguments(cls)
                    if not each.required
                ],
            }
            for name, cls in sorted(classes.items())
        }

    @property
    def blocks(self) -> dict[str, Any]:
        """The tree of blocks: which stands in which; of equal rounds only those in the one that is shown."""
        return {
            group.name: {
                "name": clean(group.name[group.name.rfind(".") + 1 :]),
                "block": clean(group.block),
                "above": (above(self.graph, group) or [""])[-1],
                "rounds": group.rounds,
                "picture": None,
            }
            for group in self.shown
        }

    @property
    def shown(self) -> list[Group]:
        """The blocks that are seen when all are open."""
        return [group for group in groups(self.graph) if group.nodes[0] not in self.foldings[-1].like]

    def _frames(self) -> Iterator[tuple[str, Frame]]:
        """Each closed and each open frame that a picture may show, by its id or by the id's part that is its own."""
        for folding in self.foldings:
            for frame in folding.closed.values():
                yield identifier("block", frame.key), frame
        for frames in self.foldings[-1].around.values():
            for frame in frames:
                yield identifier("frame", frame.key), frame

    def _input(self, name: str, leaves: bool) -> dict[str, Any]:
        given = self.graph.inputs[name]
        return {
            "kind": "input",
            "name": clean(name),
            "outputs": [_tensor(given.tensor)],
            "leaves": leaves,
            "at": [identifier("input", name)],
            **self.texts.place(("inputs", name)),
        }

    def _layer(self, node: Node, leaves: bool) -> dict[str, Any]:
        entry = {
            "kind": "layer",
            "name": clean(node.name),
            "type": node.type,
            "stated": [[name, clean(_value(value), 4 * LONGEST)] for name, value in node.layer.stated.items()],
            "inputs": [
                [self._id(ref.name), " ".join([argument, f":{ref.index}" * bool(ref.index)]).strip()]
                for ref, argument in zip(node.inputs, node.arguments, strict=True)
            ],
            "outputs": [_tensor(tensor) for tensor in node.outputs],
            "weights": [[name, said((None, *dims))] for name, dims in {**node.weights, **node.state}.items()],
            "parameters": node.parameters,
            "trainable": node.trainable,
            "macs": node.macs,
            "shares": self._id(node.owner) if node.is_shared else "",
            "in": self.inner.get(self.foldings[-1].shown(node.name), ""),
            "leaves": leaves,
            "at": self._at[node.name],
        }
        return {name: value for name, value in entry.items() if value} | self.texts.place(node.loc)

    def _block(self, frame: Frame) -> dict[str, Any]:
        card = Card(frame.key, frame.leaving[0], frame.nodes, (), frame)
        return {
            "kind": "block",
            "name": clean(frame.name),
            "block": clean(frame.group.block),
            "opens": frame.group.name,
            "times": frame.times,
            "rounds": frame.rounds,
            "model": frame.group.as_model,
            "shares": clean(frame.group.owner) if frame.is_shared else "",
            "outputs": [_tensor(tensor) for tensor in frame.leaving],
            "parameters": frame.parameters,
            "macs": frame.macs,
            "inside": [clean(words) for _, words in contents(card)],
            "in": (above(self.graph, frame.group) or [""])[-1],
            "at": [identifier("block", frame.key)],
            **self.texts.place(frame.group.loc),
        }

    def _id(self, name: str) -> str:
        return identifier("input" if name in self.graph.inputs else "layer", name)


class Texts:
    """The specs that the graph was written in, and the lines that its parts come from."""

    def __init__(self, graph: Graph):
        self._source = graph.source
        self._sources: list[Source] = [graph.source] if graph.source else []

    def place(self, loc: Loc) -> dict[str, int]:
        """Which text says what stands at ``loc``, and in which line; nothing where there is no text."""
        if self._source is None or not loc:
            return {}
        source, there = self._source.home(loc)
        at = next((at for at, each in enumerate(self._sources) if each is source), len(self._sources))
        self._sources += [source] * (at == len(self._sources))
        return {"file": at, "line": source.locate(there).line}

    @property
    def rows(self) -> list[dict[str, str | None]]:
        """Names and texts; a text is ``None`` where the page has no room for it."""
        room, rows = MOST_TEXT, []
        for source in self._sources:
            room -= len(source.text.encode("utf-8", "replace"))
            rows.append({"name": file_name(source), "text": plain(source.text) if room >= 0 else None})
        return rows


def file_name(source: Source) -> str:
    """What a reader calls a text: a page tells nobody in which folder it was made."""
    return clean(PurePath(source.name).name or source.name)


def plain(text: str) -> str:
    """A text as it can be read line by line: what would hide or turn it is replaced by a mark."""
    text = text.replace("\r\n", "\n")
    return "".join("\ufffd" if unicodedata.category(char) in _HIDING and char not in "\n\t" else char for char in text)


_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _value(value: Any) -> str:
    """An argument as a spec would have it; words alone without quotes."""
    if isinstance(value, Term):
        value = written(value)
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_value(each)}' for name, each in value.items())} }}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return "?" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _tensor(tensor: Tensor) -> str:
    return f"{shape(tensor.shape)} {tensor.dtype}"


def _inner(graph: Graph) -> dict[str, str]:
    """For each node the innermost block that it stands in."""
    nested = sorted(groups(graph), key=lambda group: len(above(graph, group)))
    return {name: group.name for group in nested for name in group.nodes}


def _places(graph: Graph, foldings: list[Folding]) -> dict[str, list[str]]:
    """For each node the ids under which a picture may show it: itself, the card that it is in, blocks from within."""
    found: dict[str, dict[str, None]] = {node.name: {identifier("layer", node.name): None} for node in graph}
    for folding in (Folding(), *reversed(foldings)):
        homes = _homes(deal(graph, folding))
        for name, at in found.items():
            at.setdefault(homes[folding.shown(name)])
    return {name: list(at) for name, at in found.items()}


def _homes(cards: Cards) -> dict[str, str]:
    return {node.name: id_of(card) for card in cards.cards.values() for node in card.nodes}
