"""What flows through a net, layer by layer, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: A variance that is so many times smaller or larger than where the signal began is lost: 1/100, 100 times its size.
VANISHED, EXPLODED = 1e-4, 1e4


@dataclass(frozen=True)
class Step:
    """A layer: what leaves it before its activation, and the gradient that comes back to there.

    ``variance`` is that of all numbers, ``apart`` from sample to sample; ``gradient`` is a mean square, of the
    gradient of one sample's loss.  ``forward`` is the mean square of what leaves, activation and all, over that of what
    arrives; ``backward`` the same of the gradient, the other way.  What stands beside as ``expected`` is the theory's
    figure, ``None`` where it has none.  Of ``units`` (features, or feature maps), ``dead`` are 0 for every sample, and
    ``saturated`` those whose slope is below a tenth of its largest for nine samples in ten.
    """

    name: str
    type: str
    activation: str
    initializer: str
    is_weighted: bool
    mean: float
    variance: float
    expected_variance: float | None
    apart: float
    gradient: float | None
    expected_gradient: float | None
    forward: float | None
    expected_forward: float | None
    backward: float | None
    expected_backward: float | None
    units: int
    dead: int | None
    saturated: int | None


@dataclass(frozen=True)
class Signal:
    """All layers of a net in their order, what was sent through it, and the finding: ``verdict`` is one sentence."""

    name: str
    batch: str
    loss: str
    steps: tuple[Step, ...]
    is_healthy: bool
    layer: str
    verdict: str

    def told(self) -> dict[str, Any]:
        """All of it, for JSON."""
        thresholds = {"vanished": VANISHED, "exploded": EXPLODED}
        return {**asdict(self), "steps": [asdict(step) for step in self.steps], "thresholds": thresholds}
