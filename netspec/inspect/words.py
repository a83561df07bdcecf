"""An inspection as rows of words."""

from __future__ import annotations

from netspec.inspect.signal import Signal, Step
from netspec.problems import plain

TABLES = ("forward", "backward")
LONGEST = 24  # characters of a name


def cells(signal: Signal, table: str) -> list[tuple[str, ...]]:
    """The rows of one direction under their heads: figures as measured, and beside each the theory's."""
    if table == "forward":
        head = ("forward", "mean", "variance", "theory", "apart", "factor", "theory", "units")
        return [head, *map(_forward, signal.steps)]
    return [("backward", "variance", "theory", "factor", "theory"), *map(_backward, signal.steps)]


def _forward(step: Step) -> tuple[str, ...]:
    return (
        _name(step.name),
        *map(_figure, (step.mean, step.variance, step.expected_variance)),
        *map(_figure, (step.apart, step.forward, step.expected_forward)),
        _units(step),
    )


def _backward(step: Step) -> tuple[str, ...]:
    figures = (step.gradient, step.expected_gradient, step.backward, step.expected_backward)
    return (_name(step.name), *map(_figure, figures))


def _name(text: str) -> str:
    text = plain(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _units(step: Step) -> str:
    """How many units there are, and how many of them say nothing."""
    for count, word in ((step.dead, "dead"), (step.saturated, "saturated")):
        if count is not None:
            return f"{count} of {step.units} {word}"
    return str(step.units)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
