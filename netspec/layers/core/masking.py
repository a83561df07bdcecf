"""Steps that are left out."""

from typing import ClassVar

from netspec.layers.layer import Elementwise


class Masking(Elementwise):
    """Steps that hold nothing but ``mask_value`` are left out by the layers that follow."""

    keeps: ClassVar = True
    mask_value: float = 0.0

    @property
    def makes_mask(self) -> bool:
        return True
