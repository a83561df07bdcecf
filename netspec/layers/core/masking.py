"""Steps that are left out."""

from netspec.layers.layer import Elementwise


class Masking(Elementwise):
    """Steps that hold nothing but ``mask_value`` are left out by the layers that follow."""

    mask_value: float = 0.0
