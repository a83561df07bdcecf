"""Samples divided by their root mean square."""

from typing import ClassVar

from netspec.layers.layer import Axes, Layer, Weights, known, positions
from netspec.parts.term import Epsilon
from netspec.shapes import Shape, ShapeError


class RMSNormalization(Layer):
    """Each sample divided by its root mean square, then scaled (Zhang & Sennrich 2019)."""

    keeps: ClassVar = True
    axis: Axes = -1
    epsilon: Epsilon = 1e-6

    def output(self, x: Shape) -> Shape:
        found = positions(x, tuple(sorted(self.axis)))  # sorted as written, as Keras does before it counts from the end
        last = list(range(len(x)))[-len(found) :]
        if found != last:
            raise ShapeError(f"scales the last axes only, here {last}, not {found}")
        return x

    def weights(self, x: Shape) -> Weights:
        return {"scale": tuple(known(x[each], f"axis {each}") for each in sorted(self.axis))}
