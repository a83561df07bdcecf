"""How weights begin."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from netspec.parts.term import AboveZero, FromZero, Part, is_number
from netspec.problems import nearest, shown


class Initializer(Part):
    """The rule by which a weight's first values are drawn."""


#: What a backend's generators hold.
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]

#: SciPy's windows that need no further number.
Window = Literal[
    "barthann",
    "bartlett",
    "blackman",
    "blackmanharris",
    "bohman",
    "boxcar",
    "cosine",
    "exponential",
    "flattop",
    "hamming",
    "hann",
    "lanczos",
    "nuttall",
    "parzen",
    "taylor",
    "triang",
    "tukey",
]


WINDOWS = get_args(Window)


def _window(value: Any) -> Any:
    if value in WINDOWS or (isinstance(value, list | tuple) and value and all(map(is_number, value))):
        return value
    hint = nearest(value, WINDOWS) if isinstance(value, str) else ""
    raise ValueError(f"must be a window's name or a list of its values, not {shown(value)}{hint}")


class Drawn(Initializer):
    """Values drawn at random; the same ``seed`` draws the same."""

    seed: Seed | None = None


class Scaled(Drawn):
    """A spread that follows from how many numbers flow in and out of the weight."""

    input_axes: tuple[int, ...] | None = None
    output_axes: tuple[int, ...] | None = None

    @model_validator(mode="after")
    def _both_axes(self) -> Self:
        if (self.input_axes is None) != (self.output_axes is None):
            raise ValueError("'input_axes' and 'output_axes' count only together")
        return self


class Constant(Initializer):
    """Every value the same."""

    value: float = 0.0


class GlorotNormal(Scaled):
    """Normal, with variance 2 / (inputs + outputs) (Glorot & Bengio 2010); also called Xavier."""


class GlorotUniform(Scaled):
    """Uniform, with variance 2 / (inputs + outputs) (Glorot & Bengio 2010); also called Xavier."""


class HeNormal(Scaled):
    """Normal, with variance 2 / inputs, made for ReLU (He et al. 2015)."""


class HeUniform(Scaled):
    """Uniform, with variance 2 / inputs, made for ReLU (He et al. 2015)."""


class Identity(Initializer):
    """The identity matrix times ``gain``, so that a layer begins by handing its input on."""

    gain: float = 1.0


class LecunNormal(Scaled):
    """Normal, with variance 1 / inputs, made for SELU (LeCun et al. 1998, Klambauer et al. 2017)."""


class LecunUniform(Scaled):
    """Uniform, with variance 1 / inputs (LeCun et al. 1998)."""


class Ones(Initializer):
    """All one, as scales usually begin."""


class Orthogonal(Drawn):
    """A random matrix whose rows or columns are at right angles, so that lengths are kept (Saxe et al. 2014)."""

    gain: float = 1.0


class RandomNormal(Drawn):
    """Normal, of a given mean and standard deviation."""

    mean: float = 0.0
    stddev: FromZero = 0.05


class RandomUniform(Drawn):
    """Uniform between two bounds."""

    minval: float = -0.05
    maxval: float = 0.05

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.minval > self.maxval:
            raise ValueError(f"'minval' {self.minval} lies above 'maxval' {self.maxval}")
        return self


class STFT(Initializer):
    """The cosines or sines of a short-time Fourier transform under a window, whose name SciPy must know."""

    side: Literal["real", "imag"] = "real"
    window: Annotated[Window | tuple[float, ...], BeforeValidator(_window)] | None = "hann"
    scaling: Literal["density", "spectrum"] | None = "density"
    periodic: bool = False


class TruncatedNormal(Drawn):
    """Normal, with values beyond two standard deviations drawn again."""

    mean: float = 0.0
    stddev: FromZero = 0.05


class VarianceScaling(Scaled):
    """Random, with variance ``scale`` / inputs, outputs, or the mean of both."""

    scale: AboveZero = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform", "normal"] = "truncated_normal"


class Zeros(Initializer):
    """All zero, as biases usually begin."""


IdentityInitializer = Identity
Normal = RandomNormal
One = Ones
OrthogonalInitializer = Orthogonal
STFTInitializer = STFT
Uniform = RandomUniform
Zero = Zeros
