"""A graph as columns of units, and layers that join between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netspec.draw.captions import caption, title, words
from netspec.draw.folding import Stack, Stacks, brief, fold
from netspec.draw.pieces import Pen, Words
from netspec.draw.render import DrawError
from netspec.draw.texts import counted, packed, quantity, shape
from netspec.draw.ways import depths
from netspec.graph import Graph, Node
from netspec.layers import Layer

MOST = 12  # places for units in a column, that of the dots among them

_SMALL = frozenset({"activations", "normalization", "preprocessing", "regularization", "reshaping"})
_READING = frozenset({"GRU", "LSTM", "RNN", "SimpleRNN"})
_PLAIN = frozenset({"Dense", "Embedding"})
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Column:
    """A stack as it is drawn: units, ``count`` of them (``None`` where unknown), or, without, a layer that joins.

    ``number`` counts the columns of units on the longest way to it; ``places`` are the axes along which it is repeated.
    """

    stack: Stack
    is_units: bool
    count: int | None
    places: tuple[int | None, ...]
    number: int
    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        """That of its first layer, or of the input."""
        return self.stack.name

    @property
    def role(self) -> str:
        """What it is to the model: ``input``, ``hidden``, ``output`` or ``merging``."""
        if not self.is_units:
            return "merging"
        return "output" if self.stack.leaving and self.stack.lead else "hidden" if self.stack.lead else "input"

    @property
    def family(self) -> str:
        """The family whose colour it has."""
        return "core" if self.role == "hidden" else self.role

    @property
    def drawn(self) -> list[int | None]:
        """The units that are drawn, from the top; ``None`` is the dots, -1 the last of an unknown number."""
        if self.count is None:
            return [0, 1, 2, None, -1]
        if self.count <= MOST:
            return list(range(self.count))
        first, last = MOST // 2 + 1, MOST // 2 - 2
        return [*range(first), None, *range(self.count - last, self.count)]

    @property
    def is_reading(self) -> bool:
        """Whether its units see what they said at the step before."""
        return self.stack.lead is not None and _reads(self.stack.lead.layer)

    def unit(self, at: int) -> str:
        """One of its units, as it is called."""
        what = "unit" if self.stack.lead else "feature"
        return f"{self.name}: {what} {'n' if at < 0 else at + 1} of {'?' if self.count is None else self.count}"

    def heads(self, pen: Pen) -> list[Words]:
        """What stands over it."""
        colour = pen.theme.family(self.family)
        told = {"input": "INPUT", "hidden": f"HIDDEN {self.number}", "output": "OUTPUT"}[self.role]
        if self.role == "input" and self.stack.leaving:
            told = "INPUT · OUTPUT"
        lead = self.stack.lead
        dtype = self.stack.made.dtype
        kind = _kind(lead.layer) if lead else dtype if dtype != "float32" else ""
        rows = [pen.words(told, 9, colour, bold=True), pen.ink(self.name, 12, bold=True)]
        return [*rows, *([pen.words(kind)] if kind else [])]

    def feet(self, pen: Pen) -> list[tuple[Words, Node | None]]:
        """What stands under it, line by line, and the folded layer that a line is of."""
        lines = [pen.ink(each, 11, bold=True) for each in self._counted()]
        lines += [pen.words(each) for each in self._repeated()]
        lead = self.stack.lead
        if lead:
            function, does, keeps = _said(lead)
            lines += [pen.words(function, 11, pen.theme.family(self.family), bold=True)] * bool(function)
            lines += [pen.ink(line) for line in packed(does, pen.room, 9)]
            lines += [pen.words(line) for line in packed(keeps, pen.room, 9)]
            lines += [pen.ink(f"shares {lead.owner}")] * lead.is_shared
        return [*((line, None) for line in lines), *small(self.stack, pen)]

    def _counted(self) -> list[str]:
        if not self.is_units:
            return []
        if self.stack.lead:
            return ["? units" if self.count is None else counted(self.count, "unit")]
        whole = self.places == self.stack.made.shape[1:] and self.places
        if whole:
            return ["1 token"]
        return ["? features" if self.count is None else counted(self.count, "feature")]

    def _repeated(self) -> list[str]:
        """How often it is there, and the shape that it is made of."""
        made = self.stack.made.shape
        at = []
        if len(self.places) == 1:
            at = ["at each step" if self.places[0] is None else f"at each of {self.places[0]} steps"]
        elif self.places:
            at = [f"at each of {shape((None, *self.places))} places"]
        if not self.stack.lead and self.stack.folded and len(made) > 2:
            at = [shape(made), *at]
        return at


@dataclass(frozen=True)
class Columns:
    """All columns by name, and from which to which something flows."""

    columns: Mapping[str, Column]
    links: tuple[tuple[str, str], ...]


def refused(graph: Graph) -> str:
    """Why the view cannot show ``graph``, and what can; nothing where it can."""
    for node in graph:
        if not (_is_units(node) or _is_small(node) or node.layer.family() == "merging"):
            view = "volumes" if node.layer.family() in ("convolutional", "pooling") else "layers"
            return (
                "the neurons view shows dense, embedding and recurrent layers, "
                f'but {node.name!r} is {node.type}: ask for the view "{view}"'
            )
    return ""


def columns(graph: Graph, classes: Mapping[str, Sequence[str]]) -> Columns:
    """The columns of ``graph``, which is not ``refused``; ``classes`` name the units of outputs."""
    stacks = fold(graph, _is_small)
    units = {name for name, stack in stacks.stacks.items() if stack.lead is None or _is_units(stack.lead)}
    numbers = _numbers(stacks, units)
    made = {}
    for name, stack in stacks.stacks.items():
        places = _places(stacks, stack)
        dims = (stack.made if stack.lead else stack.tensor).shape[1:]
        count = dims[-1] if len(dims) > len(places) else 1
        labels = tuple(classes.get(name, ()))
        made[name] = Column(stack, name in units, count, places, numbers[name], labels or _outputs(stack, count))
    for name, given in classes.items():
        if name not in made or not made[name].stack.leaving:
            raise DrawError(f"classes are given for {name!r}, which is no output")
        if len(given) != made[name].count:
            raise DrawError(f"{len(given)} classes are given for {name!r}, which has {made[name].count} units")
    return Columns(made, stacks.links)


def small(stack: Stack, pen: Pen) -> list[tuple[Words, Node | None]]:
    """A line for each layer that is folded into a stack, and one for what all of its layers keep."""
    rows: list[tuple[Words, Node | None]] = [(pen.ink(brief(node)), node) for node in stack.folded]
    count = sum(node.parameters for node in stack.nodes)
    said = f"{quantity(count)} param{'s' * (count != 1)}"
    return [*rows, *([(pen.words(said), None)] if count else [])]


def subscript(letter: str, at: int) -> str:
    """A letter with its number under it, which counts from one.

    >>> subscript("x", 11), subscript("y", -1)
    ('x₁₂', 'yₙ')
    """
    return letter + ("ₙ" if at < 0 else str(at + 1).translate(_SUBSCRIPTS))


def _numbers(stacks: Stacks, units: set[str]) -> dict[str, int]:
    """How many columns of units stand before each, inputs not counted."""
    numbers: dict[str, int] = {}
    for name in stacks.stacks:
        before = [numbers[each.name] for each in stacks.before(name)]
        numbers[name] = max(before, default=-1) + (name in units)
    return numbers


def _places(stacks: Stacks, stack: Stack) -> tuple[int | None, ...]:
    """The axes along which a stack's units are repeated: all but the last, all where what comes next looks up words."""
    dims = (stack.made if stack.lead else stack.tensor).shape[1:]
    after = stacks.after(stack.name)
    words = bool(after) and all(each.lead is not None and each.lead.type == "Embedding" for each in after)
    return dims if not stack.lead and words and not stack.folded else dims[:-1]


def _outputs(stack: Stack, count: int | None) -> tuple[str, ...]:
    """What the units of an output are called: classes where they are shares of one."""
    if not stack.leaving or count is None or not stack.lead:
        return ()
    ends = getattr(stack.nodes[-1].layer, "activation", None)
    is_softmax = "Softmax" in (type(ends).__name__, stack.nodes[-1].type)
    if is_softmax:
        return tuple(f"class {each}" for each in range(count))
    return ("ŷ",) if count == 1 else tuple(subscript("ŷ", each) for each in range(count))


def _said(node: Node) -> tuple[str, list[str], list[str]]:
    """A layer's function, what else it does, and how its weights begin and are kept in bounds."""
    layer = node.layer
    function = getattr(layer, "activation", None)
    name = words(function) if function else "linear" if node.type == "Dense" else ""
    stated = caption(layer)
    units = counted(getattr(layer, "units", 0), "unit")
    does = [each for each in stated.does if each not in (name, units)]
    is_told = node.type == "Dense" or "activation" in layer.stated
    return name if is_told else "", does, [*stated.keeps]


def _kind(layer: Layer) -> str:
    """What a layer is, and what it is around."""
    inner = getattr(layer, "layer", None) or getattr(layer, "cell", None)
    return " ".join([title(type(layer).__name__), *([_kind(inner)] if inner else [])])


def _reads(layer: Layer) -> bool:
    """Whether a layer reads step by step, or is around one that does."""
    inner = getattr(layer, "layer", None)
    return type(layer).__name__ in _READING or (inner is not None and _reads(inner))


def _is_units(node: Node) -> bool:
    return len(node.output.shape) > 1 and _has_units(node.layer)


def _has_units(layer: Layer) -> bool:
    """Whether a layer is units that each see all that arrives, or is around one that is."""
    inner = getattr(layer, "layer", None)
    return type(layer).__name__ in _PLAIN | _READING or (inner is not None and _has_units(inner))


def _is_small(node: Node) -> bool:
    """Whether a layer only changes what units say, or how they stand."""
    if _is_units(node) or len(node.inputs) > 1:
        return False
    pools = node.type.startswith("Global") and node.type.endswith("1D")
    return node.layer.family() in _SMALL or node.type in ("Identity", "Masking") or pools


def depth(made: Columns) -> int:
    """How many columns stand in line."""
    return 1 + max(depths(made.columns, made.links).values())
