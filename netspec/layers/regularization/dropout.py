"""Numbers set to 0, or to what stands for it, while training."""

from netspec.layers.regularization import Random, Rate
from netspec.parts.term import Fraction, Open
from netspec.shapes import Shape, ShapeError, said


class Masked(Random):
    """A layer whose random mask may be shared along some axes."""

    noise_shape: tuple[Open, ...] | None = None

    def output(self, inputs: Shape) -> Shape:
        if self.noise_shape is not None and not _stretches(self.noise_shape, inputs):
            noise = "×".join("?" if dim is None else str(dim) for dim in self.noise_shape)
            raise ShapeError(f"noise_shape {noise} (the batch first) does not stretch to {said(inputs)}")
        return inputs


def _stretches(noise: Shape, inputs: Shape) -> bool:
    if len(noise) != len(inputs):
        return False
    return all(one in (None, 1, dim) or dim is None for one, dim in zip(noise, inputs, strict=True))


class Dropout(Masked):
    """Random numbers set to 0 while training, so that none is relied on (Srivastava et al. 2014)."""

    rate: Fraction


class AlphaDropout(Masked):
    """Dropout that keeps mean and variance, for SELU networks (Klambauer et al. 2017)."""

    rate: Rate
