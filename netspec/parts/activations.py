"""Functions that bend each number on its own, or each vector."""

from typing import ClassVar

from netspec.parts.term import Part


class Activation(Part):
    """A function of Keras' ``activations``, stated by its name."""


def _fixed(*arguments: str) -> dict[str, str]:
    """Arguments of Keras' function that neither its name nor any layer takes."""
    return dict.fromkeys(arguments, "an activation is stated by its name alone, and Keras has no layer that takes this")


def _layer(layer: str, *arguments: str) -> dict[str, str]:
    """Arguments of Keras' function that ``layer`` takes."""
    return dict.fromkeys(
        arguments, f"an activation is stated by its name alone; write a layer of type {layer!r} after this one"
    )


class Celu(Activation):
    """x where x > 0, exp(x) - 1 elsewhere (Barron 2017)."""

    absent: ClassVar = _fixed("alpha")


class Elu(Activation):
    """x where x > 0, exp(x) - 1 elsewhere (Clevert et al. 2016)."""

    absent: ClassVar = _layer("ELU", "alpha")


class Exponential(Activation):
    """exp(x)."""


class Gelu(Activation):
    """x times the chance that a standard normal number lies below x (Hendrycks & Gimpel 2016)."""

    absent: ClassVar = _fixed("approximate")


class Glu(Activation):
    """The first half of the vector times the sigmoid of the second (Dauphin et al. 2017)."""

    absent: ClassVar = _fixed("axis")
    refused: ClassVar[str] = (
        "it halves the last axis, which Keras' layers do not know, so that every shape after is wrong"
    )


class HardShrink(Activation):
    """x where |x| > 0.5, 0 elsewhere."""

    absent: ClassVar = _fixed("threshold")


class HardSigmoid(Activation):
    """x / 6 + 0.5, kept between 0 and 1: straight lines in place of the sigmoid."""


class HardSilu(Activation):
    """x times hard_sigmoid(x), also called hard swish (Howard et al. 2019)."""


class HardTanh(Activation):
    """x, kept between -1 and 1."""


class LeakyRelu(Activation):
    """x where x > 0, 0.2 x elsewhere (Maas et al. 2013)."""

    absent: ClassVar = _layer("LeakyReLU", "negative_slope")


class Linear(Activation):
    """x, unchanged."""


class LogSigmoid(Activation):
    """log(1 / (1 + exp(-x)))."""


class LogSoftmax(Activation):
    """The logarithm of softmax: x - log(sum(exp(x))) over the last axis."""

    absent: ClassVar = _fixed("axis")


class Mish(Activation):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""


class Relu(Activation):
    """max(x, 0) (Nair & Hinton 2010)."""

    absent: ClassVar = _layer("ReLU", "negative_slope", "max_value", "threshold")


class Relu6(Activation):
    """min(max(x, 0), 6)."""


class Selu(Activation):
    """1.0507 x where x > 0, 1.7581 (exp(x) - 1) elsewhere, which keeps mean and variance (Klambauer et al. 2017)."""


class Sigmoid(Activation):
    """1 / (1 + exp(-x)): between 0 and 1, as a probability."""


class Silu(Activation):
    """x / (1 + exp(-x)), also called swish (Ramachandran et al. 2017)."""


class SoftShrink(Activation):
    """x moved by 0.5 towards 0, and 0 where |x| < 0.5."""

    absent: ClassVar = _fixed("threshold")


class Softmax(Activation):
    """exp(x) / sum(exp(x)) over the last axis: probabilities that sum to 1."""

    absent: ClassVar = _layer("Softmax", "axis")


class Softplus(Activation):
    """log(1 + exp(x)): a smooth relu."""


class Softsign(Activation):
    """x / (1 + |x|): between -1 and 1."""


class SparsePlus(Activation):
    """(x + 1)² / 4 where -1 < x < 1, 0 below and x above."""


class SparseSigmoid(Activation):
    """(x + 1) / 2, kept between 0 and 1 (Blondel et al. 2019)."""


class Sparsemax(Activation):
    """The nearest vector to x that sums to 1 and has nothing below 0 (Martins & Astudillo 2016)."""

    absent: ClassVar = _fixed("axis")


class Squareplus(Activation):
    """(x + sqrt(x² + 4)) / 2 (Barron 2021)."""

    absent: ClassVar = _fixed("b")


class Tanh(Activation):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)): between -1 and 1."""


class TanhShrink(Activation):
    """x - tanh(x)."""


class Threshold(Activation):
    """x where it lies above a threshold, another value elsewhere."""

    absent: ClassVar = _fixed("threshold", "default_value")
    refused: ClassVar[str] = "it needs two numbers, and an activation is stated by its name alone"


HardSwish = HardSilu
Swish = Silu
