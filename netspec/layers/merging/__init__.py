"""Layers that make one tensor of several."""

from netspec.shapes import Shape, ShapeError


def a_pair(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape]:
    """The inputs, of which there must be two."""
    if len(inputs) != 2:
        raise ShapeError(f"takes exactly two inputs, not {len(inputs)}")
    return inputs[0], inputs[1]
