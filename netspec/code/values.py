"""Layers, parts and plain values as Python; an argument that is an expression stays one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netspec.code.expressions import Unfaithful, filled, holds, pieces, whole
from netspec.code.tree import Call, Items, Text, Tree, Value, quoted, sequence
from netspec.layers import LAYERS, Layer
from netspec.layers.wrapping import Wrapping
from netspec.parts.activations.activation import Activation
from netspec.parts.losses.crossentropy import Crossentropy
from netspec.parts.metrics.accuracy import Acc
from netspec.parts.term import Part, Term, snake
from netspec.parts.vocabulary import Vocabulary

Scope = Mapping[str, "str | Value"]

NOTHING: Scope = {}
#: What is no argument of a layer, but of its entry.
BESIDE = ("name", "type", "inputs", "when")
#: Parts that Keras does not find, or cannot make, by their name alone.
NAMELESS = ("CategoricalGeneralizedCrossEntropy", "Constant", "L1L2", "Lamb")
#: Families in which one number stands for as many as there are axes.
SPREADING = ("convolutional", "pooling", "reshaping")
#: Families in which a layer is what it is made of: it can be frozen as it is made.
PLAIN = ("core", "convolutional", "normalization")


class Writer:
    """Writes values, and remembers which of Keras' modules they need."""

    def __init__(self) -> None:
        self.modules: set[str] = set()

    def layer(
        self, layer: Layer, name: Tree | None, raw: Mapping[str, Any] | None = None, scope: Scope = NOTHING
    ) -> Call:
        """What makes a layer, its arguments as the author ordered them, with those that are expressions."""
        stated = {key: value for key, value in layer.stated.items() if key not in layer.when_called}
        if not frozen_when_made(layer) or (name is not None and raw and raw.get("trainable") is True):
            stated.pop("trainable", None)
        if raw:
            stated = {key: stated[key] for key in [*(key for key in raw if key in stated), *stated]}
        first = leading(type(layer))
        order = [key for key in (first,) if key in stated] + [key for key in stated if key != first]
        said = {key: spread(layer, stated[key], (raw or {}).get(key)) for key in order}
        made = {key: self.argument(stated[key], said[key], scope, False) for key in order}
        arguments = tuple(("" if key == first else key, tree) for key, tree in made.items())
        return Call(f"layers.{type(layer).__name__}", (*arguments, *((("name", name),) if name is not None else ())))

    def unplaced(self, raw: Mapping[str, Any], name: Tree, scope: Scope) -> tuple[Call, type[Layer]]:
        """A layer that is left out, of which no values are known: as its author wrote it, where that can be told."""
        try:
            cls = LAYERS[raw["type"]]
        except (KeyError, TypeError):
            raise Unfaithful from None
        stated = {key: value for key, value in raw.items() if key not in BESIDE}
        first = leading(cls)
        if not stated.keys() <= cls.model_fields.keys() - {*cls.when_called, "trainable", "return_state", "merge_mode"}:
            raise Unfaithful
        order = [key for key in (first,) if key in stated] + [key for key in stated if key != first]
        made = [("" if key == first else key, self.word(cls, key, stated[key], scope)) for key in order]
        return Call(f"layers.{cls.__name__}", (*made, ("name", name))), cls

    def word(self, cls: type[Layer], key: str, raw: Any, scope: Scope) -> Tree:
        """An argument of a layer that is left out."""
        vocabulary = next((each for each in cls.model_fields[key].metadata if isinstance(each, Vocabulary)), None)
        if vocabulary and not holds(raw):
            try:
                return self.part(vocabulary.read(raw))
            except ValueError:  # what is left out may be anything
                raise Unfaithful from None
        inside = whole(raw)
        if inside is not None and not vocabulary:
            return Text(tuple(pieces(inside, scope)))
        if holds(raw) or raw in ("?", "none"):
            raise Unfaithful
        return constant(raw)

    def argument(self, value: Any, raw: Any, scope: Scope, in_part: bool) -> Tree:
        """A value that was read of ``raw``, where that is known: expressions in it stay what they are."""
        if raw is None or not holds(raw):
            return self.value(value, in_part, raw)
        if isinstance(raw, str):
            if isinstance(value, Layer) or (isinstance(value, Term) and value.alone is None):
                raise Unfaithful
            inside = whole(raw)
            return Text(tuple(pieces(inside, scope))) if inside else filled(raw, scope)
        if isinstance(value, Layer) and isinstance(raw, dict):
            return self.layer(value, None, raw, scope)
        if isinstance(value, Part) and isinstance(raw, dict):
            return self.part(value, raw, scope)
        if isinstance(value, tuple) and isinstance(raw, list) and len(value) == len(raw):
            items = [self.argument(*pair, scope, in_part) for pair in zip(value, raw, strict=True)]
            return sequence(items, "[" if in_part or _has_terms(value) else "(")
        raise Unfaithful

    def part_call(self, part: Part) -> Tree:
        """A part as an object, also where its name would state it."""
        kind = type(part).__module__.split(".")[2]
        return Call(
            f"keras.{kind}.{type(part).__name__}", tuple((k, self.value(v, True)) for k, v in part.stated.items())
        )

    def part(self, part: Part, raw: Mapping[str, Any] | None = None, scope: Scope = NOTHING) -> Tree:
        """An initializer, a regularizer ...: its name where that states it all."""
        kind = type(part).__module__.split(".")[2]
        if isinstance(part, Activation):
            return quoted(snake(type(part).__name__))
        if isinstance(part, Acc | Crossentropy):
            return quoted(part.word)
        if part.alone is not None and kind != "schedules" and type(part).__name__ not in NAMELESS:
            return quoted(part.alone)
        keras = {"schedules": "keras.optimizers.schedules"}.get(kind, f"keras.{kind}")
        if kind in ("initializers", "regularizers", "constraints"):
            self.modules.add(kind)
            keras = kind
        arguments = tuple(
            (key, self.argument(value, (raw or {}).get(key), scope, True)) for key, value in part.stated.items()
        )
        return Call(f"{keras}.{type(part).__name__}", arguments)

    def value(self, value: Any, in_part: bool = False, raw: Any = None) -> Tree:
        """A value without expressions; a number that stands for several as the author wrote it."""
        if isinstance(value, Layer):
            return self.layer(value, None)
        if isinstance(value, Part):
            return self.part(value)
        if isinstance(value, tuple | list):
            if type(raw) is int and set(_within(value)) == {raw}:
                return repr(raw)
            items = [self.value(item, in_part) for item in value]
            return sequence(items, "[" if in_part or _has_terms(value) else "(")
        if isinstance(value, dict):
            return Items("{", "}", tuple((f"{quoted(str(key))}: ", self.value(each)) for key, each in value.items()))
        if isinstance(value, float):
            return repr(value).replace("e-0", "e-")
        return quoted(value) if isinstance(value, str) else repr(value)


def spread(layer: Layer, value: Any, raw: Any) -> Any:
    """What the author wrote, where Keras lets one number stand for several just so; elsewhere it keeps what it gets."""
    if not isinstance(value, tuple) or layer.family() in SPREADING or isinstance(raw, list):
        return raw
    if holds(raw):
        raise Unfaithful
    return None


def leading(cls: type[Layer]) -> str:
    """The argument that Keras takes first, where one is required: how many, before how large."""
    required = [key for key in cls.arguments() if cls.model_fields[key].is_required()]
    return min(required, key=lambda key: cls.model_fields[key].annotation is not int, default="")


def _within(items: Any) -> Iterator[Any]:
    """All that stands in a tuple, however deep."""
    for item in items:
        if isinstance(item, tuple | list):
            yield from _within(item)
        else:
            yield item


def _has_terms(items: Any) -> bool:
    return any(isinstance(item, Term) for item in items)


def frozen_when_made(layer: Layer) -> bool:
    """Whether ``trainable`` is an argument that does all that is meant: there is nothing inside to be frozen too."""
    return layer.family() in PLAIN and not isinstance(layer, Wrapping)


def frozen_after(layer: Layer) -> tuple[str, ...]:
    """What of a layer is to be frozen once it has been called: itself (``""``), or attributes of it."""
    if not layer.trainable:
        return () if frozen_when_made(layer) else ("",)
    return tuple(_frozen_inside(layer))


def _frozen_inside(layer: Layer) -> Iterator[str]:
    for key, value in layer.stated.items():
        inner = value if isinstance(value, tuple) else (value,)
        for at, each in enumerate(inner):
            if isinstance(each, Layer):
                for attribute in _attributes(layer, key):
                    path = f".{attribute}[{at}]" if isinstance(value, tuple) else f".{attribute}"
                    yield from (f"{path}{more}" for more in frozen_after(each))


def _attributes(layer: Layer, key: str) -> tuple[str, ...]:
    """Where Keras keeps a layer that it was given: one that reads both ways keeps two."""
    if type(layer).__name__ != "Bidirectional" or key != "layer":
        return (key,)
    return ("forward_layer",) if "backward_layer" in layer.stated else ("forward_layer", "backward_layer")


def constant(value: Any) -> Tree:
    """A var's value: lists as tuples, since a function's defaults should not change."""
    if isinstance(value, list):
        return sequence([constant(item) for item in value], "(")
    if isinstance(value, float):
        return repr(value).replace("e-0", "e-")
    if isinstance(value, str):
        return quoted(value.replace("$${", "${"))
    if isinstance(value, int):
        return repr(value)
    raise Unfaithful
