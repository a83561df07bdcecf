"""Arguments of layers drawn at random, from what their classes say of them: types, bounds, words."""

from __future__ import annotations

import random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from typing_extensions import Doc

from netspec.layers import LAYERS, Layer
from netspec.parts.term import Term, snake
from netspec.parts.vocabulary import Vocabulary

Entry = dict[str, Any]
USABLE = [name for name, cls in LAYERS.items() if not cls.refused]

#: What texts may say, by the argument that holds them: for these a field has no more than ``str``.
TEXTS = {
    "encoding": ("utf-8", "ascii"),
    "window": ("hann", "hamming", "tukey"),
    "bias_axes": ("b", "c", "d", "y", "cd", "bc"),
    "equation": (
        *("ab,bc->ac", "abc,cd->abd", "abc,bd->acd", "abc,cde->abde", "abc,cb->ab", "...x,xy->...y", "a...x,xy->a...y"),
        *("ab...,bc->ac...", "abcd,de->abce", "abcd,bcde->ae", "ab,cd->ad", "ab,bc", "aab,bc->ac", "ab,b->ab"),
    ),
}
WORDS = ("", "a", "b", "c", "[UNK]", "no")
CLIPS = ("rmin", "rmax", "dmax", "rmin", "rmax", "dmax", "no")


class Values:
    """Draws the arguments of terms."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.wild = 0.0  # how often a value is drawn without regard to its bounds, or its type

    def often(self, share: float) -> bool:
        return self.rng.random() < share

    def entry(self, kind: str, depth: int = 0) -> Entry:
        """A layer with some of its arguments."""
        return {"type": kind, **self.arguments(LAYERS[kind], depth)}

    def arguments(self, cls: type[Term], depth: int = 0) -> Entry:
        share = self.rng.choice((0.05, 0.2, 0.5))
        found = {}
        for name in cls.arguments():
            each = cls.model_fields[name]
            rare = 0.1 if name in ("dtype", "trainable") else share
            if self.often(1 - self.wild / 4 if each.is_required() else rare):
                found[name] = self.value(each.annotation, each.metadata, name, depth)
        return found

    def value(self, annotation: Any, metadata: Any, name: str, depth: int = 0) -> Any:
        metadata = [more for each in metadata for more in (each.metadata if isinstance(each, FieldInfo) else [each])]
        for each in metadata:
            if isinstance(each, Vocabulary):
                return self.part(each)
            if isinstance(each, Doc):
                return self.array()
        if self.often(self.wild / 4):
            return self.rng.choice((0, -1, 1.5, True, "no", [], [1, 2], 3))
        if name in TEXTS and self.often(0.7):
            return self.rng.choice(TEXTS[name])
        origin, inside = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self.value(inside[0], [*inside[1:], *metadata], name, depth)
        if origin is Literal:
            return self.rng.choice(inside)
        if origin in (Union, UnionType):
            some = [each for each in inside if each is not NoneType]
            return self.value(self.rng.choice(some), metadata, name, depth)
        if origin is tuple:
            return self.several(inside, metadata, name, depth)
        if origin is dict:
            return {key: round(self.rng.uniform(-0.5, 4), 2) for key in self.rng.sample(CLIPS, self.rng.randint(0, 3))}
        if isinstance(annotation, type) and issubclass(annotation, Term):
            return self.inner(annotation, name, depth)
        return self.plain(annotation, metadata)

    def several(self, inside: tuple[Any, ...], metadata: Any, name: str, depth: int) -> Any:
        """A list, or one number in the place of several."""
        count = len(inside) if inside[-1] is not Ellipsis else self.rng.choice((1, 1, 2, 2, 3, 4))
        if self.often(self.wild / 4):
            count = self.rng.randint(0, 4)
        items = [self.value(inside[0], [], name, depth) for _ in range(count)]
        alone = items and isinstance(items[0], int) and any(callable(getattr(each, "func", None)) for each in metadata)
        return items[0] if alone and self.often(0.5) else items

    def inner(self, cls: type[Term], name: str, depth: int) -> Any:
        """A layer inside another."""
        kinds = [each for each in USABLE if issubclass(LAYERS[each], cls)]
        if cls is Layer:
            kinds = [*self.rng.sample(kinds, 3), "Dense", "Conv1D", "LSTM"]  # few others fit into every wrapper
        kind = self.rng.choice(kinds)
        if depth > 2:
            kind = "GRUCell" if "GRUCell" in kinds else "Dense" if "Dense" in kinds else "LSTM"
        entry = self.entry(kind, depth + 1)
        if name == "cell" and self.often(0.25):
            return [entry, *(self.inner(cls, "cells", depth + 1) for _ in range(self.rng.randint(0, 2)))]
        return kind if len(entry) == 1 and self.often(0.5) else entry

    def part(self, vocabulary: Vocabulary[Any]) -> Any:
        """An initializer, a regularizer ... by its name or with arguments."""
        if self.often(self.wild / 4):
            return self.rng.choice(("no", 3, {"type": "no"}, {}))
        if vocabulary.kind == "regularizer" and self.often(0.4):
            names = self.rng.sample(("l1", "l2"), self.rng.choice((1, 2)))
            return {name: self.rng.choice((0.0, 0.01, 1)) for name in names}
        word = self.rng.choice(sorted(name for name, cls in vocabulary.items() if not cls.refused))
        table = self.arguments(vocabulary[word])
        if table or self.often(0.2):
            return {"type": word, **table}
        return snake(word) if self.often(0.5) and snake(word) in vocabulary else word

    def array(self) -> Any:
        """A number, or some in a list."""
        one = self.rng.choice((0.5, 1, 2.0, -1.5))
        count = self.rng.choice((0, 0, 1, 2, 3))
        return [one] * count if count else one

    def plain(self, annotation: Any, metadata: Any) -> Any:
        if annotation is bool:
            return self.often(0.5)
        if annotation is str:
            return self.rng.choice(WORDS)
        low = max([each.ge for each in metadata if isinstance(each, Ge)], default=None)
        high = min([each.le for each in metadata if isinstance(each, Le)], default=None)
        above = max([each.gt for each in metadata if isinstance(each, Gt)], default=None)
        below = min([each.lt for each in metadata if isinstance(each, Lt)], default=None)
        if self.often(self.wild):
            low = high = above = below = None
        if annotation is int:
            least = low if low is not None else above + 1 if above is not None else -3
            small = max(least, self.rng.choice((-3, -1, *range(7))))
            return min(small, 8) if high is None else self.rng.randint(least, min(high, 9))
        top = high if high is not None else below if below is not None else 3
        least = low if low is not None else above if above is not None else -1.5
        value = round(self.rng.choice((least, 0.5, 1, top, self.rng.uniform(least, top))), 2)
        inner = (above is None or value > above) and (below is None or value < below) and least <= value <= top
        return value if inner else (least + top) / 2
