"""All axes as one."""

from netspec.layers.layer import DataFormat, Passing
from netspec.shapes import Shape, size


class Flatten(Passing):
    """All axes but the batch become one."""

    data_format: DataFormat = None

    def output(self, inputs: Shape) -> Shape:
        return (inputs[0], None if None in inputs[1:] else size(inputs))
