"""Layers of Keras that a spec cannot use, each with the reason."""

from typing import ClassVar

from netspec.layers import layer

_FOREIGN = "a spec describes a net and never names code to run"


class Lambda(layer.Layer):
    """A function of Python as a layer."""

    refused: ClassVar = f"it runs Python code, and {_FOREIGN}; write the layers that it stands for"


class TFSMLayer(layer.Layer):
    """A saved TensorFlow program as a layer."""

    refused: ClassVar = f"it loads a program from a file, and {_FOREIGN}; write the layers that it stands for"


class JaxLayer(layer.Layer):
    """A function of JAX as a layer."""

    refused: ClassVar = f"it runs a function of JAX, and {_FOREIGN}; write the layers that it stands for"


class FlaxLayer(layer.Layer):
    """A module of Flax as a layer."""

    refused: ClassVar = f"it runs a module of Flax, and {_FOREIGN}; write the layers that it stands for"


class TorchModuleWrapper(layer.Layer):
    """A module of PyTorch as a layer."""

    refused: ClassVar = f"it runs a module of PyTorch, and {_FOREIGN}; write the layers that it stands for"


class Layer(layer.Layer):
    """What all layers of Keras share."""

    refused: ClassVar = (
        "it is what all layers share and does nothing itself; write 'Identity' for a layer that does nothing"
    )


class Wrapper(layer.Layer):
    """What layers around a layer share."""

    refused: ClassVar = (
        "it is what layers around a layer share and does nothing itself; "
        "write 'TimeDistributed', 'Bidirectional' or 'SpectralNormalization'"
    )


class InputLayer(layer.Layer):
    """What a model is given."""

    refused: ClassVar = "inputs stand above the layers: write [inputs] with image = [28, 28, 1]"
