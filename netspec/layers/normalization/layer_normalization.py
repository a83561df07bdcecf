"""A common scale within each sample."""

from netspec.layers.layer import Axes, Weights, positions
from netspec.layers.normalization import Affine
from netspec.shapes import Shape


class LayerNormalization(Affine):
    """Each sample to mean 0 and variance 1 over some axes, then scaled and shifted (Ba et al. 2016)."""

    axis: Axes = -1

    def output(self, inputs: Shape) -> Shape:
        positions(inputs, self.axis)
        return inputs

    def weights(self, inputs: Shape) -> Weights:
        return self.affine(inputs, *sorted(self.axis))
