"""Neural-network architectures as code that a team can review.

>>> import netspec
>>> graph = netspec.load("specs/digits_mlp.toml")  # doctest: +SKIP
>>> netspec.draw(graph).save("mlp.svg")  # doctest: +SKIP
>>> model = netspec.build(graph)  # a keras.Model; needs TensorFlow  # doctest: +SKIP
"""

from typing import Any

__all__ = ["Graph", "SpecError", "build", "draw", "load", "train"]


def __getattr__(name: str) -> Any:
    # Each name is imported when it is first used: `import netspec` costs nothing, and only `build` needs TensorFlow.
    if name in ("Graph", "load"):
        from netspec import graph as room
    elif name == "SpecError":
        from netspec import problems as room  # type: ignore[no-redef]
    elif name == "draw":
        from netspec.draw import draw

        return draw
    elif name in ("build", "train"):
        from netspec.cli.doors import keras_room

        return keras_room(name)
    else:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    return getattr(room, name)
