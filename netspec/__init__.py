"""Neural-network architectures as code that a team can review.

::

    import netspec

    graph = netspec.load("specs/digits_mlp.toml")
    netspec.draw(graph).save("mlp.svg")
    model = netspec.build(graph)  # a keras.Model; needs TensorFlow
"""

import sys
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

#: Each public name, and the room that it is imported from when it is first used: only three need TensorFlow.
_ROOMS = {
    "Graph": "graph",
    "SpecError": "problems",
    "build": "keras.build",
    "diff": "diff",
    "decompile": "decompile",
    "draw": "draw",
    "inspect": "inspect",
    "load": "graph",
    "train": "train",
}
__all__ = list(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    if name in ("build", "inspect", "train"):
        from netspec.keras.door import enter

        enter()
    room = import_module(f"netspec.{_ROOMS[name]}")
    if name in ("Graph", "load"):
        room.Graph._repr_mimebundle_ = _shown
    if name == "draw":
        return _drawing(room.draw)
    if name == "build":
        return _beginning(room.build)
    return room.graph_of if name == "decompile" else getattr(room, name)


def _drawing(draw: Any) -> Any:
    """``draw``, which also takes a ``keras.Model``, and what else ``decompile`` does."""

    @wraps(draw)
    def drawn(graph: Any, *args: Any, **options: Any) -> Any:
        from netspec.graph import Graph

        if not isinstance(graph, Graph):
            from netspec.decompile import drawable

            graph = drawable(graph, options.get("view", "auto"))
        return draw(graph, *args, **options)

    return drawn


def _beginning(build: Any) -> Any:
    """``build``, whose layers also begin with what their spec takes from another run."""

    @wraps(build)
    def built(graph: Any, *args: Any, **options: Any) -> Any:
        model = build(graph, *args, **options)
        if any(node.origin for node in graph):
            from netspec.train.origins import begun

            begun(graph).put(model)
        return model

    return built


def _shown(graph: Any, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """A graph as a notebook shows it: its picture, and its tree where only text is shown."""
    from netspec.draw import draw

    bundle: dict[str, str] = draw(graph)._repr_mimebundle_(include, exclude)
    return bundle


class _Netspec(ModuleType):
    """Keeps ``netspec.diff``, ``netspec.draw`` and ``netspec.train`` functions, also when their rooms are imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _ROOMS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Netspec
