"""A common scale within groups of channels."""

from pydantic import field_validator

from netspec.layers.layer import Weights, known, positions
from netspec.layers.normalization import Affine
from netspec.shapes import Shape, ShapeError


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
