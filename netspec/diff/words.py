"""A change in words: what every text of a comparison is made of.

>>> value(True), value(None), value([3, 3]), value({"l2": 0.1})
('true', 'none', '3', '{ l2 = 0.1 }')
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from netspec.diff.change import Argument, Change, Diff, InputChange
from netspec.graph.costs import short
from netspec.problems import plain, shown
from netspec.shapes import Shape, Tensor, said
from netspec.spec.sizes import size

MOST_NAMES = 3  # of layers that are told together
LONGEST = 60  # characters of a value

#: How a kind of change is marked, and named.
MARKS = {
    "added": ("+", "added"),
    "removed": ("−", "removed"),
    "changed": ("~", "changed"),
    "repeated": ("×", "in other rounds"),
    "rewired": ("⇄", "rewired"),
    "moved": ("↕", "moved"),
    "frozen": ("*", "frozen"),
    "thawed": ("*", "thawed"),
    "renamed": ("=", "renamed"),
    "shape": ("·", "of another shape only"),
}


class Row(NamedTuple):
    """Changes that are told together: how they are marked, of what they are, and what became of it, line by line."""

    changes: tuple[Change, ...]
    subject: str
    kind: str
    details: tuple[tuple[str, ...], ...]

    @property
    def change(self) -> str:
        """The kind of change."""
        return self.changes[0].change


def rows(changes: Iterable[Change]) -> list[Row]:
    """Changes in the order in which they came, equal ones together."""
    together: dict[Any, list[Change]] = {}
    for change in changes:
        key = (change.change, *change.like) if change.like else (change.change, "alone", change.name, change.type)
        together.setdefault(key, []).append(change)
    return [_row(tuple(each)) for each in together.values()]


def _row(changes: tuple[Change, ...]) -> Row:
    first = changes[0]
    count = len(changes)
    kinds = list(dict.fromkeys(_kind(change) for change in changes))
    kind = kinds[0] if len(kinds) == 1 else ""
    if count == 1:
        return Row(changes, first.name, kind, tuple(filter(None, _details(first))))
    subject = f"{count} × {kind}" if kind else f"{count} layers"
    where = (names([change.name for change in changes]),)
    return Row(changes, subject, "", tuple(filter(None, (where, *_details_together(changes)))))


def _kind(change: Change) -> str:
    if not change.block:
        return change.type
    times = f" × {change.rounds[1]}" if change.rounds[0] == change.rounds[1] > 1 else ""
    return f"{change.block}{times}"


def _details(change: Change) -> list[tuple[str, ...]]:
    """What is told of one change."""
    if change.block:
        return [_of_use(change)]
    kind = change.change
    if kind in ("added", "removed"):
        at = 0 if kind == "removed" else 1
        place = (f"{'took' if kind == 'removed' else 'takes'} {names(change.takes[at])}",)
        kept = (parameters(change.parameters[at]),) if change.parameters[at] else ()
        leaves = f"{'left' if kind == 'removed' else 'leaves'} {tensors(change.outputs[at])}"
        return [stated(change.arguments, at), (*place, leaves, *kept)]
    lines: list[tuple[str, ...]] = []
    if kind == "changed":
        lines.append(tuple(map(argument, change.arguments)))
    if kind in ("rewired", "moved"):
        lines.append((f"takes {names(change.takes[1])}; took {names(change.takes[0])}",))
    if kind == "renamed":
        return [(f"was {change.was}",)]
    if kind in ("frozen", "thawed"):
        return [(parameters(change.parameters[1]),)]
    return [*lines, effects(change) if change.is_first else ()]


def _of_use(change: Change) -> tuple[str, ...]:
    many = counted(len(change.layers), "layer")
    numbers = change.parameters[1] - change.parameters[0]
    if change.change == "repeated":
        sign = "−" if change.rounds[1] < change.rounds[0] else "+"
        words = [f"{change.rounds[0]} → {counted(change.rounds[1], 'round')}", f"{sign}{many}"]
        return (*words, *([f"{numbers:+,} parameters".replace("-", "−")] if numbers else []))
    if change.change == "changed":
        return tuple(map(argument, change.arguments))
    if change.change == "renamed":
        return (f"was {change.was}", many)
    return (many, *([parameters(abs(numbers))] if numbers else []))


def _details_together(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """What is told of several changes at once."""
    first = changes[0]
    at = 0 if first.change == "removed" else 1
    numbers = sum(change.parameters[at] for change in changes)
    if first.change in ("added", "removed"):
        return [stated(first.arguments, at), (parameters(numbers),) if numbers else ()]
    if first.change == "changed":
        before = sum(change.parameters[0] for change in changes)
        grown = (f"{before:,} → {parameters(numbers)}",) if before != numbers else ()
        return [tuple(map(argument, first.arguments)), grown]
    if first.change in ("rewired", "moved"):
        return [(f"{first.name} takes {names(first.takes[1])}; took {names(first.takes[0])}",)]
    if first.change in ("frozen", "thawed"):
        return [(parameters(numbers),)]
    return [(f"{first.name} was {first.was}",)]


def consequences(diff: Diff) -> list[str]:
    """What became of the layers that are otherwise only because others are: three of them, and how many more."""
    together: dict[str, list[str]] = {}
    for change in diff.of("shape"):
        together.setdefault(", ".join(effects(change)), []).append(change.name)
    told = [f"{names(layers)} {effect}" for effect, layers in list(together.items())[:MOST_NAMES]]
    more = sum(map(len, list(together.values())[MOST_NAMES:]))
    return [*told, *([f"and {more} more"] if more else [])]


def argument(each: Argument) -> str:
    """One value that is another now."""
    return f"{plain(each.path)} {value(each.before)} → {value(each.after)}"


def stated(arguments: Iterable[Argument], at: int) -> tuple[str, ...]:
    """What an author stated of a layer that stands on one side."""
    return tuple(f"{plain(each.path)} {value((each.before, each.after)[at])}" for each in arguments)


def value(given: Any) -> str:
    """A value as a reader takes it in: on one line, and short."""
    if given is None:
        return "none"
    if isinstance(given, str):
        return plain(given if len(given) <= LONGEST else f"{given[: LONGEST - 1]}…") or '""'
    if isinstance(given, list) and len(given) > 1 and all(type(item) is int and item == given[0] for item in given):
        return str(given[0])
    return plain(shown(given))


def effects(change: Change) -> tuple[str, ...]:
    """What became of a layer's outputs and parameters, where it is not what it was."""
    words = []
    if change.outputs[0] != change.outputs[1]:
        pairs = zip_longest(*change.outputs)
        words += [f"{tensor(old)} → {tensor(new)}" for old, new in pairs if old != new]
    if change.parameters[0] != change.parameters[1]:
        words.append(f"{change.parameters[0]:,} → {parameters(change.parameters[1])}")
    return tuple(words)


def tensor(given: Tensor | None) -> str:
    """A tensor's shape, and its dtype where that is not the usual one."""
    if given is None:
        return "nothing"
    return said(given.shape) if given.dtype == "float32" else f"{said(given.shape)} {given.dtype}"


def tensors(given: Iterable[Tensor]) -> str:
    """The shapes that leave a layer."""
    return ", ".join(map(tensor, given))


def of_input(each: InputChange) -> str:
    """What became of an input."""
    was = f"was {each.was}" if each.was else ""
    if each.before == each.after:
        return was
    both = f"{tensor(each.before)} → {tensor(each.after)}"
    return ", ".join(filter(None, [was, both if each.before and each.after else tensor(each.before or each.after)]))


def names(given: Sequence[str]) -> str:
    """Names of layers, the middle ones left out where there are many."""
    if len(given) <= MOST_NAMES + 1:
        return ", ".join(given)
    return f"{', '.join(given[: MOST_NAMES - 1])} … {given[-1]}"


def parameters(count: int) -> str:
    """How many numbers are kept."""
    return counted(count, "parameter")


def counted(count: int, noun: str) -> str:
    """A count and what is counted."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def tally(diff: Diff) -> list[tuple[str, str]]:
    """How much of each kind of change there is: the kind, and the words."""
    found = []
    edges = len(diff.inputs) + bool(diff.outputs)
    for kind, (mark, word) in MARKS.items():
        changes = diff.of(kind)  # type: ignore[arg-type]
        if kind == "repeated":
            word = f"{'block' if len(changes) == 1 else 'blocks'} {word}"
        if count := sum(change.count for change in changes):
            found.append((kind, f"{mark}{count} {word}" if mark in "+−~" else f"{count} {word}"))
    for noun, count in (
        ("inputs and outputs", edges),
        ("data", len(diff.data)),
        ("pretraining", len(diff.pretrain)),
        ("training", len(diff.train)),
    ):
        if count:
            found.append(("changed", f"{counted(count, 'change')} in {noun}"))
    return found


def totals(diff: Diff) -> list[tuple[str, str, str, str, str]]:
    """What the nets come to: what is counted, before, after, the difference, per cent."""
    table = []
    for noun, field, say in (
        ("parameters", "parameters", "{:,}".format),
        ("trainable", "trainable", "{:,}".format),
        ("multiply-adds", "macs", short),
        ("activations", "activations", size),
    ):
        before, after = getattr(diff.before, field), getattr(diff.after, field)
        if before == after:
            table.append((noun, say(before), say(after), "", "same"))
            continue
        sign = "+" if after > before else "−"
        part = f"{sign}{_share(abs(after - before) / before)}" if before else ""
        table.append((noun, say(before), say(after), f"{sign}{say(abs(after - before))}", part))
    return table


def _share(part: float) -> str:
    return f"{100 * part:,.1f} %" if part >= 0.0005 else f"{100 * part:.1g} %"


def weights(diff: Diff) -> list[tuple[str, str]]:
    """What becomes of a trained model's weights: a word, and the layers."""
    kept = diff.weights
    many = len(kept.fit) + len(kept.misfit) + len(kept.gone)
    if not many and not kept.new:
        return []
    share = f"{len(kept.fit)} of {counted(many, 'layer')}, {kept.numbers:,} of {parameters(kept.of[1])}"
    lines = [("fit", "all of them" if many == len(kept.fit) and not kept.new else share)]
    if kept.misfit:
        told = [f"{each.name} ({_arrays(each.arrays)})" for each in kept.misfit[:MOST_NAMES]]
        more = len(kept.misfit) - len(told)
        lines.append(("do not fit", ", ".join([*told, *([f"and {more} more"] if more else [])])))
    lines += [(word, names(layers)) for word, layers in (("new", kept.new), ("gone", kept.gone)) if layers]
    return lines


def _arrays(arrays: dict[str, tuple[Shape | None, Shape | None]]) -> str:
    told = [f"{key} {_array(old)} → {_array(new)}" for key, (old, new) in arrays.items()]
    more = [f"and {len(told) - MOST_NAMES} more"] if len(told) > MOST_NAMES else []
    return ", ".join([*told[:MOST_NAMES], *more]) or "another type"


def _array(shape: Shape | None) -> str:
    return "none" if shape is None else "×".join(map(str, shape)) or "one number"
