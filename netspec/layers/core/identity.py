"""What arrives, as it is."""

from netspec.layers.layer import Elementwise, Passing


class Identity(Elementwise, Passing):
    """What arrives, as it is."""
