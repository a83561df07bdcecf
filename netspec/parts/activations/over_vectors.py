"""What makes of a vector a vector."""

from typing import ClassVar

from netspec.parts.activations.activation import Activation, fixed, in_layer


class Glu(Activation):
    """The first half of the vector times the sigmoid of the second (Dauphin et al. 2017)."""

    absent: ClassVar = fixed("axis")
    refused: ClassVar[str] = (
        "it halves the last axis, which Keras' layers do not know, so that every shape after is wrong"
    )


class LogSoftmax(Activation):
    """The logarithm of softmax: x - log(sum(exp(x))) over the last axis."""

    absent: ClassVar = fixed("axis")


class Softmax(Activation):
    """exp(x) / sum(exp(x)) over the last axis: probabilities that sum to 1."""

    absent: ClassVar = in_layer("Softmax", "axis")


class Sparsemax(Activation):
    """The nearest vector to x that sums to 1 and has nothing below 0 (Martins & Astudillo 2016)."""

    absent: ClassVar = fixed("axis")
