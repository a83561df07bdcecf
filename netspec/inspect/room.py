"""Whether a look into a net fits into memory, said before anything is built."""

from __future__ import annotations

from dataclasses import replace

from netspec.data.room import free
from netspec.graph import Graph
from netspec.graph.costs import memory, short
from netspec.train.run import TrainError

ROOM = 2**30  # bytes that what the layers make of the samples may take
TIMES = 6  # as much it comes to before activations, with gradients, and with what operations make on their way
#: Before training weights are drawn; a run's are there, in a second net that hands out more, and so are gradients.
UNTRAINED, TRAINED = 1, 3


def fitting(graph: Graph, most: int, times: int) -> int:
    """How many samples are sent through a net, of which the weights are held so many ``times``: ``most``, or fewer.

    The same on every machine; ``TrainError`` where that needs more memory than is free.
    """
    one = memory(replace(graph, train=None), 1)
    many = max(1, min(most, ROOM // max(1, one.activations)))
    needed, left = times * one.weights + TIMES * many * one.activations, free()
    if left is not None and needed > left:
        figures = f"it takes about {short(needed)}B of memory, and {short(left)}B are free"
        raise TrainError(f"{graph.name} is too large to look into: {figures}")
    return many
