"""What every activation has."""

from netspec.parts.term import Part


class Activation(Part):
    """A function of Keras' ``activations``, stated by its name."""


def fixed(*arguments: str) -> dict[str, str]:
    """Arguments of Keras' function that neither its name nor any layer takes."""
    return dict.fromkeys(arguments, "an activation is stated by its name alone, and Keras has no layer that takes this")


def in_layer(layer: str, *arguments: str) -> dict[str, str]:
    """Arguments of Keras' function that ``layer`` takes."""
    return dict.fromkeys(
        arguments, f"an activation is stated by its name alone; write a layer of type {layer!r} after this one"
    )
