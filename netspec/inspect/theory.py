r"""What initialization makes of a signal, layer by layer, before anything is learned.

With weights that are drawn independently around 0, of ``n`` that each unit sees,

- forward, Var[z] = n_in Var[w] E[x^2],
- back, E[(dL/dx)^2] = n_out Var[w] E[(dL/dz)^2],

which Glorot & Bengio 2010 ("Understanding the difficulty of training deep feedforward neural networks") derive for
activations that are linear around 0, and He et al. 2015 ("Delving deep into rectifiers", where the two are its forward
and its backward case) for ReLU.

An activation f makes E[f(z)^2] of z and multiplies gradients by f'(z); for z ~ N(m, v) both are integrals over the
normal density: the length map of Poole et al. 2016 ("Exponential expressivity in deep neural networks through transient
chaos"), and on the way back the mean field theory of Schoenholz et al. 2017 ("Deep information propagation").  Of ReLU
they are v/2 and 1/2, which is the half in He's condition n Var[w] / 2 = 1; of the identity v and 1, which is Glorot's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf

from netspec.graph import Node
from netspec.keras.construct import construct

_POINTS = np.linspace(-9.0, 9.0, 6000)  # standard deviations: nothing is beyond, and no point is at 0, where lines bend
_DENSITY = np.exp(-(_POINTS**2) / 2)
_DENSITY /= _DENSITY.sum()
#: The variance of a standard normal number that is drawn again beyond two standard deviations.
TRUNCATED = 0.7737413035
#: Layers whose kernel multiplies all that one unit sees.
_KERNELS = ("Dense", "Conv1D", "Conv2D", "Conv3D")
_ELEMENTWISE = ("Activation", "ReLU", "LeakyReLU", "ELU")


@dataclass(frozen=True)
class Moments:
    """The mean and the mean square of what leaves, and the mean square of the slope."""

    mean: float
    square: float
    slope: float = 1.0

    @property
    def variance(self) -> float:
        """What is left of the mean square without the mean."""
        return max(0.0, self.square - self.mean**2)


def fans(node: Node) -> tuple[float, float] | None:
    """How many numbers each unit sees, and by how many units each number is seen; ``None`` without such a kernel.

    A stride leaves out so many of the units that would see a number; padding is left out of account.
    """
    if node.type not in _KERNELS:
        return None
    shape = _kernel(node)
    groups = getattr(node.layer, "groups", 1)
    strides = getattr(node.layer, "strides", 1)
    jumps = prod(strides) if isinstance(strides, tuple) else strides ** (len(shape) - 2)
    return float(prod(shape[:-1])), prod(shape[:-2]) * shape[-1] / groups / jumps


def _kernel(node: Node) -> tuple[int, ...]:
    return tuple(dim or 1 for dim in node.weights["kernel"])


def variance(node: Node) -> float | None:
    """The variance of a kernel's numbers by its initializer; ``None`` where they are not drawn around 0, or learned.

    Glorot: 2 / (fan_in + fan_out); He: 2 / fan_in; LeCun: 1 / fan_in, counted as Keras counts them.
    """
    if fans(node) is None or node.origin:
        return None
    rule = node.layer.kernel_initializer  # type: ignore[attr-defined]
    shape = _kernel(node)
    inside = prod(shape[:-2])
    fan_in, fan_out = inside * shape[-2], inside * shape[-1]
    if getattr(rule, "input_axes", None) is not None:
        return None
    match type(rule).__name__:
        case "GlorotUniform" | "GlorotNormal":
            return 2 / (fan_in + fan_out)
        case "HeUniform" | "HeNormal":
            return 2 / fan_in
        case "LecunUniform" | "LecunNormal":
            return 1 / fan_in
        case "VarianceScaling":
            among = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
            return float(rule.scale / max(1.0, among[rule.mode]))
        case "RandomNormal" | "TruncatedNormal":
            share = TRUNCATED if type(rule).__name__ == "TruncatedNormal" else 1.0
            return None if rule.mean else float(rule.stddev**2 * share)
        case "RandomUniform":
            return None if rule.minval != -rule.maxval else float((rule.maxval - rule.minval) ** 2 / 12)
        case "Orthogonal":
            return float(rule.gain**2 / max(prod(shape[:-1]), shape[-1]))
    return None


def is_elementwise(node: Node) -> bool:
    """Whether a node makes a number of each number, by a rule of its own."""
    if node.type not in _ELEMENTWISE:
        return False
    rule = getattr(node.layer, "activation", None)
    return not type(rule).__module__.endswith("over_vectors")


def moments(node: Node, mean: float, variance: float) -> Moments:
    """What an elementwise node makes of normal numbers, by sums over their density."""
    with np.errstate(all="ignore"):  # what overflows is told as such
        given = tf.constant(mean + np.sqrt(variance) * _POINTS[:, None])
    with tf.GradientTape() as tape:
        tape.watch(given)
        made = _function(node)(given)
    slope = tape.gradient(made, given)
    slopes = np.zeros_like(_DENSITY) if slope is None else slope.numpy()[:, 0]
    values = made.numpy()[:, 0]
    with np.errstate(all="ignore"):
        return Moments(*(float((each * _DENSITY).sum()) for each in (values, values**2, slopes**2)))


def _function(node: Node) -> Any:
    """What a node does to numbers of double precision."""
    if node.type == "Activation":
        return construct(node.layer.activation)  # type: ignore[attr-defined]
    return construct(node.layer.model_copy(update={"dtype": "float64"}))
