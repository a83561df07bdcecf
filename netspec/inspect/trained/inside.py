"""A finished run from within, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.graph import Graph, Node
from netspec.graph.units import axis, doing, kind, speaking
from netspec.inspect.probe import Array
from netspec.inspect.trained.excite import best, can_climb, climbed, takes_long
from netspec.inspect.trained.figures import Ascent, Exciting, Inside, Layer, Pictures, spread
from netspec.inspect.trained.flow import Wide, gradients, leaving, weights, wide
from netspec.inspect.trained.held import Held, held, layers
from netspec.inspect.trained.importance import importances
from netspec.inspect.trained.memory import memories, remembered, ways
from netspec.inspect.trained.pictured import GIVEN, as_image, image_shape, kernels, maps
from netspec.inspect.trained.project import projected
from netspec.problems import nearest
from netspec.shapes import said
from netspec.train.course import FILE, PHASES, Rows, read
from netspec.train.run import Run, TrainError
from netspec.train.silent import silent

LAYERS = 24
SHOWN = 8  # units whose best samples are shown as pictures
_LONG = "gradient ascent for all layers would take long: --layer NAME does it for one"


def inside(run: Run, layer: str | None = None, projection: str = "pca") -> Inside:
    """Look into a finished ``run``: at one ``layer``, or at the first 24 of those that do more than hand on.

    What the columns of a table are worth is found with all layers.  The run's seed fixes everything that is random.
    ``TrainError`` where the run cannot be read back, it has no such layer, what a ``projection`` needs is not
    installed, or there is not enough memory.
    """
    given, course = held(run), _course(run)
    names, left = _chosen(given.graph, layer)
    climbs = can_climb(given.graph)
    if climbs and takes_long(given.graph, len(names)):
        climbs, left = False, "; ".join(filter(None, (left, _LONG)))
    keras.utils.set_random_seed(given.seed % 2**32)
    tf.config.experimental.enable_op_determinism()
    try:
        look = _Look(given, names, projection, climbs)
        found = tuple(look.layer(given.graph.nodes[name]) for name in names)
        costs = importances(given) if layer is None else None
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise TrainError(f"{run.folder}: out of memory with {len(given):,} samples") from error
    owners = {given.graph.nodes[name].owner for name in names}
    kept = tuple(row for row in course if row["layer"] in owners)
    return Inside(given.graph.name, str(run.folder), given.told, found, left, given.labels, given.classes, costs, kept)


def _course(run: Run) -> Rows:
    """The layers epoch by epoch, if the run kept them, up to its last."""
    rows = read(run)
    last = max((row["epoch"] for row in rows if row["phase"] == PHASES[1]), default=None)
    if rows and last != run.epochs:
        raise TrainError(f"{run.folder / FILE} is not what a run leaves: it ends with epoch {last} of {run.epochs}")
    return rows


def _chosen(graph: Graph, layer: str | None) -> tuple[list[str], str]:
    """The layers that are looked at, and in words how many are not."""
    if layer is not None:
        names = [node.name for node in speaking(graph)]
        if layer not in names:
            reason = "hands out no numbers" if layer in graph.nodes else "is no layer of it"
            raise TrainError(f"{graph.name}: {layer!r} {reason}{nearest(layer, names)}; there are {', '.join(names)}")
        return [layer], ""
    names = [node.name for node in doing(graph)]
    if not names:
        raise TrainError(f"{graph.name} has no layer that hands out numbers")
    more = len(names) - LAYERS
    return names[:LAYERS], f"{more:,} more layers are not shown: --layer NAME shows one" if more > 0 else ""


class _Look:
    """One look at some layers of a net."""

    def __init__(self, given: Held, names: list[str], projection: str, climbs: bool):
        self.given, self.projection, self.climbs = given, projection, climbs
        self.net: Wide = wide(given.graph, given.model)
        self.values = leaving(self.net, names, given.inputs)
        self.slopes, self.layers = gradients(given), layers(given.model)

    def layer(self, node: Node) -> Layer:
        """All that is found in one."""
        values, along = self.values[node.name], axis(node, self.given.graph.nodes)
        bend = kind(self.net.opened.graph.nodes[self.net.opened.ends[node.name]])
        exciting = best(values, self.given.rows, along)
        ascent = None
        if self.climbs:
            ascent = climbed(self.net, node.name, along, self.given.inputs, self.given.seed)
        arrays = {label: np.asarray(each) for label, each in weights(self.layers[node.owner])}
        return Layer(
            name=node.name,
            type=node.type,
            activation=bend,
            shape=said(node.output.shape),
            units=values.shape[along],
            activations=spread(values),
            weights={label: spread(each) for label, each in arrays.items()},
            gradients={label: spread(each) for label, each in self.slopes[node.owner].items()},
            silent=silent(values, bend, along),
            projection=projected(values, self.projection, self.given.seed),
            exciting=exciting,
            ascent=ascent,
            pictures=self.pictures(node, arrays, values, along, exciting, ascent),
        )

    def pictures(
        self,
        node: Node,
        arrays: Mapping[str, Array],
        values: Array,
        along: int,
        exciting: tuple[Exciting, ...],
        ascent: Ascent | None,
    ) -> dict[str, Pictures]:
        """What of a layer can be shown as small pictures."""
        kernel = arrays.get("kernel", arrays.get("depthwise_kernel"))
        found: dict[str, Pictures | None] = {
            "filters": None if kernel is None else kernels(self.given.graph, node, kernel),
            "maps": maps(values, along, self.examples()),
        }
        found |= self.memory(node, values)
        shape = self.shape()
        if shape is not None:
            found["exciting"] = self.samples(shape, exciting, values.shape[along])
        if shape is not None and ascent is not None:
            found["ascent"] = self.ascent(shape, ascent, values.shape[along])
        return {name: each for name, each in found.items() if each is not None and each.pictures}

    def memory(self, node: Node, values: Array) -> dict[str, Pictures]:
        """What a recurrent layer holds after each step, a picture for each direction."""
        layer = self.layers[node.owner]
        if not ways(layer) or len(node.inputs) != 1 or node.inputs[0].index:
            return {}
        places, source = self.examples(), node.inputs[0]
        given = {name: array[places] for name, array in self.given.inputs.items()}
        arrives = given[source.name] if source.name in given else leaving(self.net, [source.name], given)[source.name]
        found = memories(layer, arrives.astype("float32"), values[places])
        return {f"memory{' back' * each.reads_back}": remembered(each) for each in found}

    def shape(self) -> tuple[int, ...] | None:
        """That of the net's input, where it is one image."""
        (first, *more) = self.given.graph.inputs.values()
        return None if more else image_shape(first.tensor)

    def samples(self, shape: tuple[int, ...], exciting: tuple[Exciting, ...], of: int) -> Pictures:
        """The samples that excite each unit most, a row a unit."""
        (array,) = self.given.inputs.values()
        places = {row: at for at, row in enumerate(self.given.rows.tolist())}
        low, high = float(array.min()), float(array.max())
        units = exciting[:SHOWN]
        shown = [as_image(array[places[row]], shape, low, high) for each in units for row in each.rows]
        across = len(units[0].rows) if units else 1
        told = f"samples that excite {_few(len(units), of)} units most (rows)"
        return Pictures(tuple(shown), across, told)

    def ascent(self, shape: tuple[int, ...], found: Ascent, units: int) -> Pictures:
        """The inputs that gradient ascent found, from black at the least to white at the most of the samples."""
        (array,) = self.given.inputs.values()
        low, high = float(array.min()), float(array.max())
        shown = tuple(as_image(each, shape, low, high) for each in found.pictures)
        return Pictures(shown, 8, f"inputs found by gradient ascent for {_few(len(shown), units)} units")

    def examples(self) -> list[int]:
        """The samples whose feature maps are shown: the first of each class, four at most."""
        labels: Any = self.given.labels
        places = range(len(self.given)) if labels is None else np.unique(labels, return_index=True)[1].tolist()
        return list(places)[:GIVEN]


def _few(count: int, whole: int) -> str:
    return f"the first {count} of {whole}" if count < whole else f"the {whole}"
