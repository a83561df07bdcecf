"""A common scale over the batch."""

from math import inf

from pydantic import field_validator

from netspec.layers.layer import Weights, known, positions
from netspec.layers.normalization import Affine
from netspec.parts.term import Fraction
from netspec.parts.words import InitializerWord
from netspec.shapes import Shape


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
        if table is None:
            return None
        if strange := set(table) - {"rmin", "rmax", "dmax"}:
            raise ValueError(f"holds 'rmin', 'rmax' and 'dmax', not {min(strange)!r}")
        if (least := table.get("rmin", 0)) > table.get("rmax", inf):
            raise ValueError(f"needs an rmax of at least rmin, {least}, not {table['rmax']}")
        if table.get("dmax", 0) < 0:
            raise ValueError(f"needs a dmax of at least 0, not {table['dmax']}")
        return table

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, (self.axis,))
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        return self.affine(inputs, self.axis)

    def state(self, inputs: Shape) -> Weights:
        renorm = ("moving_stddev", "renorm_mean", "renorm_stddev") if self.renorm else ()
        size = known(inputs[self.axis], f"axis {self.axis}")
        return dict.fromkeys(("moving_mean", "moving_variance", *renorm), (size,))
