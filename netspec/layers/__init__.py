"""The layers that a spec may name: one class each, in files named as Keras names its folders."""

from pathlib import Path

from netspec.layers.layer import Layer as Layer
from netspec.parts.term import Vocabulary

#: Every layer by its name in Keras.
LAYERS: Vocabulary[Layer] = Vocabulary(
    "layer",
    Layer.__name__,
    [file for file in Path(__file__).parent.glob("*.py") if file.stem not in ("__init__", "layer")],
    __name__,
)
