"""The same each time."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator

from netspec.parts.initializers.initializer import Initializer
from netspec.parts.term import is_number
from netspec.problems import nearest, shown


class Constant(Initializer):
    """Every value the same."""

    value: float = 0.0


class Identity(Initializer):
    """The identity matrix times ``gain``, so that a layer begins by handing its input on."""

    gain: float = 1.0


class Ones(Initializer):
    """All one, as scales usually begin."""


class Zeros(Initializer):
    """All zero, as biases usually begin."""


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


class STFT(Initializer):
    """The cosines or sines of a short-time Fourier transform under a window, whose name SciPy must know."""

    side: Literal["real", "imag"] = "real"
    window: Annotated[Window | tuple[float, ...], BeforeValidator(_window)] | None = "hann"
    scaling: Literal["density", "spectrum"] | None = "density"
    periodic: bool = False


IdentityInitializer = Identity
One = Ones
STFTInitializer = STFT
Zero = Zeros
