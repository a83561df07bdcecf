"""What every metric has."""

from typing import Annotated

from netspec.parts.term import Floating, NonNegative, Part, Positive, is_number, listable
from netspec.parts.words import METRICS


class Metric(Part):
    """A figure of how well predictions meet their targets, which training does not follow."""

    name: str | None = None

    @property
    def alone(self) -> str | None:
        """The name that states it all, where a name does: it is also the name in the log."""
        known = set(self.stated) <= {"name"} and METRICS.get(self.name or "") is type(self)
        return self.name if known else None


Thresholds = Annotated[
    float | tuple[float, ...], listable("a number from 0 to 1", lambda each: is_number(each) and 0 <= each <= 1)
]


class Measured(Metric):
    """A metric that computes in a dtype of its own."""

    dtype: Floating | None = None


class At(Measured):
    """One figure at the threshold at which another has the value asked for."""

    num_thresholds: Positive = 200
    class_id: NonNegative | None = None


class Sparse(Measured):
    """Overlap of masks, class by class."""

    num_classes: Positive
    ignore_class: int | None = None
    axis: int = -1
