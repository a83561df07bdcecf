"""Drawn with a variance that follows from the size of the layer."""

from typing import Literal, Self

from pydantic import model_validator

from netspec.parts.initializers.initializer import Drawn
from netspec.parts.term import AboveZero


class Scaled(Drawn):
    """A spread that follows from how many numbers flow in and out of the weight."""

    input_axes: tuple[int, ...] | None = None
    output_axes: tuple[int, ...] | None = None

    @model_validator(mode="after")
    def _both_axes(self) -> Self:
        if (self.input_axes is None) != (self.output_axes is None):
            raise ValueError("'input_axes' and 'output_axes' count only together")
        return self


class GlorotNormal(Scaled):
    """Normal, with variance 2 / (inputs + outputs) (Glorot & Bengio 2010); also called Xavier."""


class GlorotUniform(Scaled):
    """Uniform, with variance 2 / (inputs + outputs) (Glorot & Bengio 2010); also called Xavier."""


class HeNormal(Scaled):
    """Normal, with variance 2 / inputs, made for ReLU (He et al. 2015)."""


class HeUniform(Scaled):
    """Uniform, with variance 2 / inputs, made for ReLU (He et al. 2015)."""


class LecunNormal(Scaled):
    """Normal, with variance 1 / inputs, made for SELU (LeCun et al. 1998, Klambauer et al. 2017)."""


class LecunUniform(Scaled):
    """Uniform, with variance 1 / inputs (LeCun et al. 1998)."""


class VarianceScaling(Scaled):
    """Random, with variance ``scale`` / inputs, outputs, or the mean of both."""

    scale: AboveZero = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform", "normal"] = "truncated_normal"
