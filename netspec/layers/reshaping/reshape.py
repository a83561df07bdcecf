"""The same numbers along other axes."""

from typing import Annotated

from pydantic import AfterValidator, Field

from netspec.layers.layer import Passing
from netspec.shapes import Shape, ShapeError, said, size


def _one_open(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if sizes.count(-1) > 1:
        raise ValueError("leaves more than one size open with -1")
    if 0 in sizes:
        raise ValueError("has a size of 0, which holds nothing")
    return sizes


class Reshape(Passing):
    """The same numbers along other axes; one size may be left open as -1."""

    target_shape: Annotated[tuple[Annotated[int, Field(ge=-1)], ...], AfterValidator(_one_open)]

    def output(self, inputs: Shape) -> Shape:
        target = (inputs[0], *(None if each == -1 else each for each in self.target_shape))
        if None in inputs[1:]:
            return target
        rest, over = divmod(size(inputs), size(target))
        if over or (rest != 1 and None not in target[1:]):
            raise ShapeError(f"cannot arrange {said(inputs)} as {said(target)}: {size(inputs)} numbers do not fill it")
        return (inputs[0], *(rest if dim is None else dim for dim in target[1:]))
