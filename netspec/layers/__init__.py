"""The layers that a spec may name: one class each, in folders and files named as Keras names them.

What a family's classes share stands in its folder's ``__init__``, so that every class in another file is a layer or has
a subclass there.
"""

from pathlib import Path

from netspec.layers.layer import Layer as Layer
from netspec.parts.vocabulary import Vocabulary

#: Every layer by its name in Keras.
LAYERS: Vocabulary[Layer] = Vocabulary(
    "layer", Layer.__name__, list(Path(__file__).parent.glob("*/[a-z]*.py")), __name__
)
