"""Where a signal or a gradient is lost, in one sentence, and what would keep it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from netspec.inspect.signal import EXPLODED, VANISHED, Step

_RECTIFIERS = ("relu", "leaky_relu", "relu6", "elu", "gelu", "silu", "mish")
_SQUASHING = ("sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign")


@dataclass(frozen=True)
class Verdict:
    """Whether all is well, else the layer that is named, and the sentence."""

    is_healthy: bool
    layer: str
    sentence: str


def verdict(steps: Sequence[Step]) -> Verdict:
    """The first layer whose gradient is lost, seen from the loss, else the first whose signal is, seen from the input.

    A gradient's mean square is compared with that of the last layer, a signal's variance from sample to sample with
    that of the first.
    """
    layers = [step for step in steps if step.is_weighted]
    back = [step for step in reversed(layers) if step.gradient is not None]
    lost = _lost("gradient", back, lambda step: step.gradient or 0.0) or _lost(
        "signal", layers, lambda step: step.apart
    )
    if lost is None:
        reach = "signal and gradient reach every layer"
        bounds = (
            f"no variance falls below 1/{1 / VANISHED:,.0f} of where it began, or rises above {EXPLODED:,.0f} times"
        )
        return Verdict(True, "", f"{reach}: {bounds}.")
    is_small = lost.share < 1
    size = f"{lost.share:.1e} of that at {lost.begun}" if isfinite(lost.share) else "no finite number"
    bound = f"below 1/{1 / VANISHED:,.0f}" if is_small else f"above {EXPLODED:,.0f} times"
    verb = "vanishes" if is_small else "explodes"
    said = f"the {lost.what} {verb} at {lost.step.name}: its variance there is {size} ({bound} counts as lost)"
    return Verdict(False, lost.step.name, f"{said}; {_cure(layers, is_small)}.")


@dataclass(frozen=True)
class _Lost:
    """What is lost at a layer, and its share of what it was where it began."""

    what: str
    step: Step
    begun: str
    share: float


def _lost(what: str, layers: Sequence[Step], figure: Callable[[Step], float]) -> _Lost | None:
    """The first layer at which the figure is lost; an infinite share is one that is no finite number."""
    for step in layers:
        begun = figure(layers[0])
        share = figure(step) / begun if begun and isfinite(begun) else inf
        if not VANISHED <= share <= EXPLODED:
            return _Lost(what, step, layers[0].name, share)
    return None


def _cure(layers: Sequence[Step], is_small: bool) -> str:
    """What would keep the signal, by the activation that most layers have."""
    kinds = Counter(step.activation for step in layers[:-1])
    kind = kinds.most_common(1)[0][0] if kinds else ""
    drawn = {step.initializer for step in layers[:-1] if step.activation == kind}
    others = "BatchNormalization after each layer or an Add around every two"
    if kind in _SQUASHING and is_small:
        cure = f'each {kind} flattens it: activation = "relu" with kernel_initializer = "he_normal"'
        return f"{cure} would keep it, and so would {others}"
    fit = _fitting(kind)
    if drawn & {fit, fit.replace("normal", "uniform")}:
        return f"{others} would keep it"
    return f'kernel_initializer = "{fit}", which is made for {kind or "linear"}, would keep it, and so would {others}'


def _fitting(kind: str) -> str:
    """The initializer that keeps the variance under an activation (He et al. 2015, Klambauer et al. 2017)."""
    if kind in _RECTIFIERS:
        return "he_normal"
    return "lecun_normal" if kind == "selu" else "glorot_normal"
