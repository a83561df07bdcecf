"""A dense layer over the axes that an equation names."""

import re
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from netspec.layers.core import ADAPTED
from netspec.layers.layer import Activated, Kernel, Penalized, Weights, known, times
from netspec.parts.term import Open
from netspec.parts.words import ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Shape, ShapeError, said


class EinsumDense(Activated, Kernel, Penalized):
    """A dense layer over the axes that an einsum equation names: ``einsum(equation, x, kernel) + bias``."""

    absent: ClassVar = ADAPTED | {"gptq_unpacked_column_size": "quantization is applied to a trained model"}
    equation: str
    output_shape: Annotated[
        tuple[Open, ...], BeforeValidator(lambda value: (value,) if isinstance(value, int) else value)
    ]
    bias_axes: str | None = None
    bias_initializer: InitializerWord = "zeros"
    bias_regularizer: RegularizerWord = None
    bias_constraint: ConstraintWord = None

    def output(self, inputs: Shape) -> Shape:
        source, _, out = self._letters(inputs)
        self._sizes(inputs)
        stated = dict(zip(self._stated(out), self.output_shape, strict=True))
        arriving = dict(zip(source, inputs, strict=True))
        return tuple(stated.get(letter, arriving.get(letter)) for letter in out)

    def weights(self, inputs: Shape) -> Weights:
        _, kernel, out = self._letters(inputs)
        sizes = self._sizes(inputs)
        weights: Weights = {"kernel": tuple(known(sizes[letter], f"the size of {letter!r}") for letter in kernel)}
        if self.bias_axes is None:
            return weights
        if unknown := set(self.bias_axes) - set(out):
            raise ShapeError(f"bias axis {min(unknown)!r} is not an axis of the output {out!r}")
        first = min(out.index(letter) for letter in self.bias_axes)
        return weights | {"bias": tuple(_bias(sizes, each, self.bias_axes) for each in out[first:])}

    def macs(self, inputs: Shape) -> int:
        source, kernel, _ = self._letters(inputs)
        sizes = self._sizes(inputs)
        return times(*(sizes[letter] for letter in sorted({*source[1:], *kernel})))

    def _letters(self, inputs: Shape) -> tuple[str, str, str]:
        """The letters of input, kernel and output, an ellipsis spelled out in digits."""
        found = re.fullmatch(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?", self.equation)
        if not found or (found[1] or "") != (found[5] or "") or (found[3] or "") != (found[7] or ""):
            raise ShapeError(f"{self.equation!r} is not an equation such as 'abc,cd->abd' or '...x,xy->...y'")
        before, source, after, kernel, _, out, _ = found.groups()
        for letters in (source, kernel, out):
            if twice := {each for each in letters if letters.count(each) > 1}:
                raise ShapeError(f"{self.equation!r} names axis {min(twice)!r} twice in {letters!r}")
        spare = len(inputs) - len(source)
        if spare < 0 or (spare and not (before or after)):
            raise ShapeError(
                f"{self.equation!r} names {len(source)} axes with the batch; {said(inputs)} has {len(inputs)}"
            )
        if before and inputs[1:spare] != inputs[1:spare][::-1]:
            raise ShapeError("has the axes of a leading '...' announced by Keras in reverse: name them by letters")
        dots = "0123456789"[:spare]
        return (
            (dots if before else "") + source + (dots if after else ""),
            kernel,
            (dots if before else "") + out + (dots if after else ""),
        )

    def _stated(self, out: str) -> list[str]:
        """The letters of the output that ``output_shape`` speaks of: not the batch, nor an ellipsis."""
        letters = [letter for letter in out[out[0] not in "0123456789" :] if not letter.isdigit()]
        if len(letters) != len(self.output_shape):
            raise ShapeError(
                f"output_shape needs {len(letters)} sizes for {self.equation!r}, not {len(self.output_shape)}"
            )
        return letters

    def _sizes(self, inputs: Shape) -> dict[str, int | None]:
        """The size of each letter: as the input has it, else as ``output_shape`` says."""
        source, kernel, out = self._letters(inputs)
        sizes = dict(zip(source, inputs, strict=True))
        for letter, dim in zip(self._stated(out), self.output_shape, strict=True):
            if dim is not None and sizes.get(letter, dim) != dim:
                has = "?" if sizes[letter] is None else sizes[letter]
                raise ShapeError(f"output_shape says {dim} for {letter!r}, the input has {has}")
            sizes[letter] = dim if dim is not None else sizes.get(letter)
        if lost := (set(kernel) | set(out)) - set(sizes):
            raise ShapeError(f"{self.equation!r}: nothing says how large {min(lost)!r} is")
        return sizes


def _bias(sizes: dict[str, int | None], letter: str, axes: str) -> int:
    """The size of a bias along a letter of the output."""
    return known(sizes[letter], f"the size of {letter!r}") if letter in axes else 1
