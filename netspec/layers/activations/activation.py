"""An activation by its name."""

from typing import ClassVar

from netspec.layers.layer import FLOATS, NUMBERS, Elementwise, Kinds
from netspec.parts.words import ActivationWord

#: Activations that take whole numbers too, and those that leave them whole.
_OF_NUMBERS = ("Exponential", "LeakyRelu", "Linear", "Relu", "Relu6", "Tanh")
_WHOLE = ("Linear", "Relu", "Relu6")


class Activation(Elementwise):
    """An activation by its name."""

    masks: ClassVar = "passes"
    activation: ActivationWord

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if type(self.activation).__name__ in _OF_NUMBERS else FLOATS

    def run(self, *dtypes: str) -> str:
        whole = type(self.activation).__name__ in _WHOLE and "float" not in dtypes[0]
        return dtypes[0] if whole else self.result(*dtypes)
