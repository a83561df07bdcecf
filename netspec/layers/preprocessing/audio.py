"""Sounds as pictures of their frequencies."""

from math import ceil, log2
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from netspec.layers.layer import FLOATS, Layer, Spatial, Weights, axes, times
from netspec.parts.term import AboveZero, FromZero, Positive, is_number
from netspec.problems import shown
from netspec.shapes import Shape, ShapeError, slide

#: The windows of SciPy that need no number beside their name.
WINDOWS = (
    *("barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine", "exponential", "flattop"),
    *("hamming", "hann", "lanczos", "nuttall", "parzen", "taylor", "triang", "tukey"),
)


def _window(names: tuple[str, ...]) -> BeforeValidator:
    """Let a window be one of ``names``, or its numbers."""

    def check(value: Any) -> Any:
        numbers = isinstance(value, list | tuple) and value and all(map(is_number, value))
        if value is not None and value not in names and not numbers:
            raise ValueError(f"is a list of numbers or one of {', '.join(names)}, not {shown(value)}")
        return value

    return BeforeValidator(check)


def _check(window: Any, length: int) -> None:
    """Check that a window stated by its numbers is as long as what it is laid over; ``ShapeError`` otherwise."""
    if isinstance(window, tuple) and len(window) != length:
        raise ShapeError(f"needs {length} numbers for its 'window', not {len(window)}")


class MelSpectrogram(Layer):
    """The loudness of each stretch of a sound, by the pitches that an ear tells apart."""

    fft_length: Positive = 2048
    sequence_stride: Positive = 512
    sequence_length: Positive | None = None
    window: Annotated[str | tuple[float, ...] | None, _window(("hann", "hamming"))] = "hann"
    sampling_rate: Positive = 16000
    num_mel_bins: Positive = 128
    min_freq: FromZero = 20.0
    max_freq: AboveZero | None = None
    power_to_db: bool = True
    top_db: FromZero = 80.0
    mag_exp: AboveZero = 2.0
    min_power: AboveZero = 1e-10
    ref_power: float = 1.0

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        length = self.sequence_length or self.fft_length
        if length > self.fft_length:
            raise ValueError(f"'sequence_length' is at most 'fft_length', {self.fft_length}, not {length}")
        return self

    def output(self, inputs: Shape) -> Shape:
        axes(inputs, "samples")
        _check(self.window, self.sequence_length or self.fft_length)
        batch, samples = inputs
        if samples is None:
            return (batch, self.num_mel_bins, None)
        if samples <= self.fft_length // 2:
            raise ShapeError(f"mirrors {self.fft_length // 2} samples at each end, and has only {samples}")
        if (samples + 1) % self.sequence_stride == 0:
            frames = 1 + samples // self.sequence_stride
            raise ShapeError(
                f"makes {frames} frames of {samples} samples where Keras announces {frames + 1}; add one sample"
            )
        return (batch, self.num_mel_bins, 1 + samples // self.sequence_stride)


class STFTSpectrogram(Spatial):
    """The frequencies in each stretch of a sound, by a short-time Fourier transform that training may change."""

    takes: ClassVar = FLOATS
    mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log"
    frame_length: Positive = 256
    frame_step: Positive | None = None
    fft_length: Positive | None = None
    window: Annotated[str | tuple[float, ...] | None, _window(WINDOWS)] = "hann"
    periodic: bool = False
    scaling: Literal["density", "spectrum"] | None = "density"
    padding: Literal["valid", "same"] = "valid"
    expand_dims: bool = False

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        length = self.frame_length
        if self.frame_step is not None and self.frame_step > length:
            raise ValueError(f"'frame_step' is at most 'frame_length', {length}, not {self.frame_step}")
        if self.frame_step is None and length == 1:
            raise ValueError("a 'frame_length' of 1 needs a 'frame_step' of 1: by default it is half as long")
        if self.fft_length is not None and self.fft_length < length:
            raise ValueError(f"'fft_length' is at least 'frame_length', {length}, not {self.fft_length}")
        return self

    def output(self, inputs: Shape) -> Shape:
        batch, frames, channels = self._frames(inputs)
        _check(self.window, self.frame_length)
        bins = self._bins() * (2 if self.mode == "stft" else 1)
        if not self.expand_dims:
            return self.join(batch, frames, bins * channels)
        space = (*frames, bins)
        return (batch, channels, *space) if self.data_format == "channels_first" else (batch, *space, channels)

    def weights(self, inputs: Shape) -> Weights:
        parts = {"imag": ("imag",), "real": ("real",)}.get(self.mode, ("real", "imag"))
        return {f"{part}_kernel": (self.frame_length, 1, self._bins()) for part in parts}

    def macs(self, inputs: Shape) -> int:
        _, frames, channels = self._frames(inputs)
        return times(*frames, channels, self.frame_length, self._bins()) * len(self.weights(inputs))

    def _bins(self) -> int:
        """How many frequencies it tells apart."""
        return (self.fft_length or 2 ** ceil(log2(self.frame_length))) // 2 + 1

    def _frames(self, inputs: Shape) -> tuple[int | None, Shape, int]:
        """The batch, the stretches that the sound is cut into, and the channels."""
        batch, steps, channels = self.apart(inputs, 1)
        if channels is None:
            raise ShapeError("needs to know the number of channels, each of which it transforms")
        step = self.frame_step or self.frame_length // 2
        return batch, slide(steps, (self.frame_length,), (step,), (1,), self.padding), channels
