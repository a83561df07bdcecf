"""Layers that keep one number of each window."""

from typing import Literal

from netspec.layers.layer import Sizes, Spatial
from netspec.shapes import Shape, slide


class Pooling(Spatial):
    """Windows that are summed up, each in one number, every channel on its own."""

    pool_size: Sizes
    strides: Sizes | None
    padding: Literal["valid", "same"] = "valid"

    def output(self, inputs: Shape) -> Shape:
        batch, space, channels = self.apart(inputs, len(self.pool_size))
        strides, dense = self.strides or self.pool_size, (1,) * len(space)
        return self.join(batch, slide(space, self.pool_size, strides, dense, self.padding), channels)
