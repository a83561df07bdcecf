"""What arrives, as it is."""

from typing import ClassVar

from netspec.layers.layer import Elementwise, Passing


class Identity(Elementwise, Passing):
    """What arrives, as it is."""

    masks: ClassVar = "passes"
