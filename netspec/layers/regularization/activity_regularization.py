"""A price on large numbers."""

from typing import ClassVar

from netspec.layers.layer import Elementwise
from netspec.parts.term import FromZero


class ActivityRegularization(Elementwise):
    """What arrives, as it is, its size added to the loss."""

    keeps: ClassVar = True
    masks: ClassVar = "passes"
    l1: FromZero = 0.0
    l2: FromZero = 0.0
