"""A look into a run as rows of words."""

from __future__ import annotations

from netspec.inspect.trained.figures import Inside, Layer, Spread
from netspec.inspect.trained.importance import order
from netspec.problems import plain

LONGEST = 24  # characters of a name
HEAD = ("layer", "shape", "mean", "sd", "min", "max", "units", "weights", "gradient")


def cells(found: Inside) -> list[tuple[str, ...]]:
    """A row a layer: what leaves it, its units, and the size of its first weight and of that one's gradient."""
    return [HEAD, *map(_row, found.layers)]


def _row(layer: Layer) -> tuple[str, ...]:
    left = layer.activations
    figures = (left.mean, left.deviation, left.smallest, left.largest)
    weights, gradients = (_size(each) for each in (layer.weights, layer.gradients))
    return (name(layer.name), layer.shape, *(f"{each:.2g}" for each in figures), units(layer), weights, gradients)


def _size(spreads: object) -> str:
    first = next(iter(spreads.values()), None) if isinstance(spreads, dict) else None
    return f"{first.size:.2g}" if isinstance(first, Spread) else ""


def units(layer: Layer) -> str:
    """How many units there are, and how many of them say nothing."""
    for found, word in ((layer.silent.dead, "dead"), (layer.silent.saturated, "saturated")):
        if found is not None:
            return f"{len(found)} of {layer.units} {word}"
    return str(layer.units)


def costs(found: Inside) -> list[tuple[str, ...]]:
    """A row a column of a table, the dearest first; none where there is no table."""
    if found.importances is None:
        return []
    several = len({each.input for each in found.importances.columns}) > 1
    rows = [
        (name(f"{each.input}: {each.column}" if several else each.column), f"{each.mean:.3g}", f"{each.deviation:.2g}")
        for each in order(found.importances)
    ]
    return [("importance", "mean", "sd"), *rows]


def name(text: str) -> str:
    """A name as far as it is shown."""
    text = plain(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
