"""A spec as ``git diff`` compares it: one line a layer, the same however the spec is spelled.

What nobody named has no name here, so that a layer that comes between renames nothing behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netspec.diff.arguments import canonical, plain
from netspec.diff.naming import Place, places
from netspec.diff.revision import GitError, git
from netspec.graph import Graph, Node, Ref, resolve
from netspec.graph.costs import short
from netspec.graph.written import origin
from netspec.parts.term import Term
from netspec.problems import SpecError
from netspec.problems import plain as plain_text
from netspec.shapes import Tensor, said
from netspec.source import LARGEST, Source, SourceError, decoded
from netspec.spec import parse

MOST_FILES = 2**20  # bytes of names that git is asked for


@dataclass(frozen=True)
class Placed(Source):
    """A text that stands for the file at ``place``: what it extends is sought from there."""

    place: Path = Path()

    @property
    def path(self) -> Path:
        return self.place

    def beside(self, path: Path, name: str) -> Source:
        return Source(name, Source.read(path).text)


def textconv(file: str) -> bytes:
    """What git compares in place of a file: the spec resolved, or its text with its problems over it as comments.

    A file that is no spec is itself.  ``OSError`` where it cannot be read.
    """
    with open(file, "rb") as opened:
        raw = opened.read()
    try:
        source = Source(Path(file).name, decoded(raw))
        if "layers" not in source.data and "extends" not in source.data:
            return raw
        made = text(resolve(parse(placed(source, Path(file))), allow_large=True))
    except SourceError as error:
        if len(raw) > LARGEST or error.code == "not-utf8":
            return raw
        return _comments(str(SpecError.unreadable(Path(file).name, error, decoded(raw)))) + raw
    except SpecError as error:
        return _comments(str(error)) + raw
    return made.encode("utf-8", "replace")


def _comments(lines: str) -> bytes:
    return "".join(f"# {plain_text(line)}".rstrip() + "\n" for line in lines.split("\n")).encode("utf-8", "replace")


def placed(source: Source, file: Path, merged: str = "") -> Source:
    """The text where it belongs: git hands out a revision's file in a folder of its own, without what it extends."""
    if "extends" not in source.data:
        return source
    return Placed(source.name, source.text, place=(Path(merged) if merged else _home(file)).absolute())


def _home(file: Path) -> Path:
    """The file of the working tree that is called as ``file``: itself, where it lies there, or the first so named."""
    try:
        root = Path(git(Path(), "rev-parse", "--show-toplevel", limit=2**16).decode().rstrip("\n"))
        if file.absolute().is_relative_to(root):
            return file
        listed = git(root, "ls-files", "-z", "--", f":(glob,top)**/{_literal(file.name)}", limit=MOST_FILES)
    except (GitError, ValueError):
        return file
    found = listed.decode("utf-8", "replace").split("\0")
    return root / found[0] if found[0] else file


def _literal(name: str) -> str:
    """A name in which nothing stands for anything else."""
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in name)


def text(graph: Graph) -> str:
    """The network, data and training in lines that are the same for the same meaning."""
    return "".join(f"{plain_text(line)}\n" for line in _Lines(graph).lines())


class _Lines:
    """Writes the lines of a graph."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.places = places(graph)
        self.above: list[Node] = []

    def lines(self) -> Iterator[str]:
        graph = self.graph
        yield f"name {graph.name}"
        if graph.description:
            yield f"description {graph.description}"
        for name, given in graph.inputs.items():
            yield f"input {name}  {_tensor(given.tensor)}"
        for node in graph:
            yield "  ".join(self.layer(node))
            self.above.append(node)
        yield f"outputs {', '.join(self.ref(ref) for ref in graph.outputs)}"
        yield f"total {graph.parameters:,} parameters, {graph.trainable:,} trainable, {short(graph.macs)} multiply-adds"
        for key, term in (("data", graph.data), ("pretrain", graph.pretrain), ("train", graph.train)):
            if term:
                yield from (f"{key}.{name} {_value(value)}" for name, value in _said(term).items())

    def layer(self, node: Node) -> Iterator[str]:
        """The pieces of a layer's line."""
        yield self.name(node) or "-"
        yield node.type
        takes = ", ".join(self.wire(ref, word) for ref, word in zip(node.inputs, node.arguments, strict=True))
        before = self.above[-1].name if self.above else next(iter(self.graph.inputs), "")
        if node.inputs != (Ref(before),) or any(node.arguments):
            yield f"takes {takes}"
        if node.is_shared:
            yield f"shares {self.called(self.graph.nodes[node.owner])}"
        else:
            yield from (f"{name} {_value(value)}" for name, value in {**_said(node.layer), **origin(node)}.items())
        yield f"→ {', '.join(map(_tensor, node.outputs))}"
        if node.parameters:
            yield f"{node.parameters:,} parameters"

    def name(self, node: Node) -> str:
        """The names that authors gave a layer and the uses around it."""
        place: Place = self.places[node.name]
        groups = self.graph.groups
        around = [
            (use.local if use.is_named else groups[use.name].block)
            + (f".{use.round}" if groups[use.name].rounds > 1 else "")
            for use in place.uses
        ]
        own = place.local if place.is_named else ""
        return ".".join([*(each.strip(".") for each in around), own or "-"]) if around or own else ""

    def called(self, node: Node) -> str:
        """A layer as another's line refers to it: by its name, or as the how manieth of its type above."""
        if self.places[node.name].is_named:
            return self.name(node)
        below = [each for each in reversed(self.above) if each.type == node.type]
        unnamed = [each for each in below if not self.places[each.name].is_named]
        return f"{node.type} {next(at for at, each in enumerate(unnamed, 1) if each is node)} above"

    def ref(self, ref: Ref) -> str:
        name = ref.name if ref.name in self.graph.inputs else self.called(self.graph.nodes[ref.name])
        return f"{name}:{ref.index}" if ref.index else name

    def wire(self, ref: Ref, argument: str) -> str:
        return f"{argument}={self.ref(ref)}" if argument else self.ref(ref)


def _said(term: Term) -> dict[str, Any]:
    """What is stated of a term and is not the default, in the order of its arguments."""
    stated = term.stated
    needed = {name: stated[name] for name in stated if type(term).model_fields[name].is_required()}
    try:
        usual = type(term).model_validate(needed)
    except ValueError:  # what is needed is not all that must be there
        return stated
    return {
        name: value
        for name, value in stated.items()
        if name in needed or canonical(value) != canonical(getattr(usual, name))
    }


def _value(value: Any) -> str:
    said = plain(value)
    return said if isinstance(said, str) and said.isidentifier() else json.dumps(said, ensure_ascii=False)


def _tensor(tensor: Tensor) -> str:
    return said(tensor.shape) if tensor.dtype == "float32" else f"{said(tensor.shape)} {tensor.dtype}"
