"""Layers that bring numbers to a common scale."""

from math import inf
from typing import Annotated

from pydantic import Field, field_validator

from netspec.layers.layer import Layer, Weights, known
from netspec.layers.rnn import Wrapping, kept
from netspec.parts.term import Epsilon, Fraction, Positive, spread
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, said

#: One axis or several, the batch being axis 0.
Axes = Annotated[tuple[int, ...], Field(min_length=1), spread(1)]


def positions(inputs: Shape, axis: tuple[int, ...]) -> list[int]:
    """Where the axes stand, counted from the batch; ``ShapeError`` where one is missing or stands twice."""
    for each in axis:
        if not -len(inputs) <= each < len(inputs):
            raise ShapeError(f"has no axis {each} to work on: the last axis of {said(inputs)} is {len(inputs) - 1}")
    found = [each % len(inputs) for each in axis]
    if twice := {each for each in found if found.count(each) > 1}:
        raise ShapeError(f"axis {min(twice)} of {said(inputs)} is named twice")
    return found


class Affine(Layer):
    """A layer that gives each feature a learned scale and shift after it has brought them together."""

    epsilon: Epsilon = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: InitializerWord = "zeros"
    gamma_initializer: InitializerWord = "ones"
    beta_regularizer: RegularizerWord = None
    gamma_regularizer: RegularizerWord = None
    beta_constraint: ConstraintWord = None
    gamma_constraint: ConstraintWord = None

    def affine(self, inputs: Shape, *axis: int) -> Weights:
        """The scale and the shift along those axes, where it has them."""
        names = [name for name, has in (("gamma", self.scale), ("beta", self.center)) if has]
        return {name: tuple(known(inputs[each], f"axis {each}") for each in axis) for name in names}


class BatchNormalization(Affine):
    """Each feature to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe & Szegedy 2015)."""

    axis: int = -1
    momentum: Fraction = 0.99
    moving_mean_initializer: InitializerWord = "zeros"
    moving_variance_initializer: InitializerWord = "ones"
    renorm: bool = False
    renorm_clipping: dict[str, float] | None = None
    renorm_momentum: Fraction = 0.99
    synchronized: bool = False

    @field_validator("renorm_clipping")
    @classmethod
    def _clips(cls, table: dict[str, float] | None) -> dict[str, float] | None:
        table = table or {}
        if strange := set(table) - {"rmin", "rmax", "dmax"}:
            raise ValueError(f"holds 'rmin', 'rmax' and 'dmax', not {min(strange)!r}")
        if table.get("rmin", 0) > table.get("rmax", inf):
            raise ValueError(f"needs an rmax of at least rmin, {table['rmin']}, not {table['rmax']}")
        if table.get("dmax", 0) < 0:
            raise ValueError(f"needs a dmax of at least 0, not {table['dmax']}")
        return table or None

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, (self.axis,))
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        return self.affine(inputs, self.axis)

    def state(self, inputs: Shape) -> Weights:
        renorm = ("moving_stddev", "renorm_mean", "renorm_stddev") if self.renorm else ()
        size = known(inputs[self.axis], f"axis {self.axis}")
        return dict.fromkeys(("moving_mean", "moving_variance", *renorm), (size,))


class LayerNormalization(Affine):
    """Each sample to mean 0 and variance 1 over some axes, then scaled and shifted (Ba et al. 2016)."""

    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        return self.affine(inputs, *sorted(self.axis))


class GroupNormalization(Affine):
    """Each sample to mean 0 and variance 1 within groups of channels, then scaled and shifted (Wu & He 2018)."""

    groups: int = 32
    axis: int = -1

    @field_validator("groups")
    @classmethod
    def _some(cls, groups: int) -> int:
        if groups < 1 and groups != -1:
            raise ValueError(f"must be more than 0, or -1 for a group of each channel, not {groups}")
        return groups

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, (self.axis,))
        channels = known(inputs[self.axis], f"axis {self.axis}")
        if channels % self.groups:
            raise ShapeError(f"cannot split {channels} channels into {self.groups} equal groups")
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        return self.affine(inputs, self.axis)


class UnitNormalization(Layer):
    """Each sample to length 1 along some axes."""

    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs


class RMSNormalization(Layer):
    """Each sample divided by its root mean square, then scaled (Zhang & Sennrich 2019)."""

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


class SpectralNormalization(Wrapping):
    """A layer whose kernel is held at spectral norm 1 (Miyato et al. 2018)."""

    power_iterations: Positive = 1

    def output(self, inputs: Shape) -> Shape:
        out = self.within(inputs)
        self._kernel(inputs)
        return out

    def weights(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, inputs)[0]

    def state(self, inputs: Shape) -> Weights:
        return {"vector_u": (1, self._kernel(inputs)[-1])} | kept("layer", self.layer, inputs)[1]

    def macs(self, inputs: Shape) -> int:
        return self.layer.macs(inputs)

    def _kernel(self, inputs: Shape) -> Shape:
        weights = self.layer.weights(inputs)
        for name in ("kernel", "embeddings"):
            if name in weights:
                return weights[name]
        raise ShapeError(f"needs a layer with a kernel or embeddings; {type(self.layer).__name__} has neither")
