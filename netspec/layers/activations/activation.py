"""An activation by its name."""

from netspec.layers.layer import Elementwise
from netspec.parts.words import ActivationWord


class Activation(Elementwise):
    """An activation by its name."""

    activation: ActivationWord
