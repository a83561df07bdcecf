"""Lines with a bend, sharp or smooth."""

from typing import ClassVar

from netspec.parts.activations.activation import Activation, fixed, in_layer


class Celu(Activation):
    """x where x > 0, exp(x) - 1 elsewhere (Barron 2017)."""

    absent: ClassVar = fixed("alpha")


class Elu(Activation):
    """x where x > 0, exp(x) - 1 elsewhere (Clevert et al. 2016)."""

    absent: ClassVar = in_layer("ELU", "alpha")


class Gelu(Activation):
    """x times the chance that a standard normal number lies below x (Hendrycks & Gimpel 2016)."""

    absent: ClassVar = fixed("approximate")


class HardSilu(Activation):
    """x times hard_sigmoid(x), also called hard swish (Howard et al. 2019)."""


class LeakyRelu(Activation):
    """x where x > 0, 0.2 x elsewhere (Maas et al. 2013)."""

    absent: ClassVar = in_layer("LeakyReLU", "negative_slope")


class Linear(Activation):
    """x, unchanged."""


class Mish(Activation):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""


class Relu(Activation):
    """max(x, 0) (Nair & Hinton 2010)."""

    absent: ClassVar = in_layer("ReLU", "negative_slope", "max_value", "threshold")


class Relu6(Activation):
    """min(max(x, 0), 6)."""


class Selu(Activation):
    """1.0507 x where x > 0, 1.7581 (exp(x) - 1) elsewhere, which keeps mean and variance (Klambauer et al. 2017)."""


class Silu(Activation):
    """x / (1 + exp(-x)), also called swish (Ramachandran et al. 2017)."""


class Softplus(Activation):
    """log(1 + exp(x)): a smooth relu."""


class SparsePlus(Activation):
    """(x + 1)² / 4 where -1 < x < 1, 0 below and x above."""


class Squareplus(Activation):
    """(x + sqrt(x² + 4)) / 2 (Barron 2021)."""

    absent: ClassVar = fixed("b")


class Threshold(Activation):
    """x where it lies above a threshold, another value elsewhere."""

    absent: ClassVar = fixed("threshold", "default_value")
    refused: ClassVar[str] = "it needs two numbers, and an activation is stated by its name alone"


HardSwish = HardSilu
Swish = Silu
