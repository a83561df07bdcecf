"""What the pictures of a run mean, a sentence or two each, for those that are there."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.inspect.trained.figures import Inside

_PICTURES = {
    "filters": (
        "Filters",
        "what a unit looks for: where a number is drawn vermillion, a high value there excites it, where blue, holds "
        "it back, and white says nothing. Smooth shapes are learned; what looks like noise was drawn, and has hardly "
        "moved.",
    ),
    "maps": (
        "Feature maps",
        "where in a sample, or when, each unit finds what it looks for: white the most, black the least of its own "
        "map. The samples are the first of each class, four at most.",
    ),
    "memory": (
        "Memory",
        "what each cell holds while a sample is read from left to right. A row that keeps its colour remembers, one "
        "that changes from step to step follows what comes in. The samples are the first of each class, four at most.",
    ),
    "memory back": (
        "Memory of what reads backwards",
        "the same, but a column knows what comes after it, and not what came before: read it from right to left.",
    ),
    "exciting": (
        "Samples that excite a unit",
        "those in which a unit is highest, the highest first: what they have in common is what it stands for.",
    ),
    "ascent": (
        "Gradient ascent",
        "an input that is changed until it excites a unit as far as it goes. It need not look like a sample: it shows "
        "all that the unit answers to, also where no sample is.",
    ),
}
_PLANES = {
    "pca": "on the two directions in which they differ most, with the share of all differences that each has",
    "tsne": "so that neighbours stay neighbours; how far groups are from one another says little",
    "umap": "so that neighbours stay neighbours; how far groups are from one another says little",
}


def reading(found: Inside) -> Iterator[tuple[str, str]]:
    """What is shown, and how it is read."""
    yield (
        "Distributions",
        "how often numbers of each size leave the layer, stand in its weights and in their gradients at the end. A "
        "heap at 0 are units that are off, heaps at both ends of a sigmoid or tanh are units that are saturated and "
        "hardly learn. Gradients that are far smaller in the lower layers than in the upper ones vanish on their way "
        "back.",
    )
    methods = {layer.projection.method for layer in found.layers if layer.projection}
    for method in sorted(methods):
        yield (
            "Projections",
            f"each point is a sample, by what the layer makes of it, {_PLANES[method]}. Where colours lie apart, the "
            "layer tells these classes apart: follow them from layer to layer.",
        )
    if found.course:
        yield (
            "Fans",
            "the median, half, nine in ten and all of the numbers, epoch by epoch. Weights whose fan stays as it was "
            "may not learn at all; gradients that close on 0 have settled, or do not arrive.",
        )
    for kind, told in _PICTURES.items():
        if any(kind in layer.pictures for layer in found.layers):
            yield told
    if found.importances:
        yield (
            "Columns",
            "how much worse the net is where a column's values are shuffled among the samples. About 0, or below, "
            "means that it does without this column, maybe as another tells the same.",
        )
