"""How layers that are pretrained are marked."""

from __future__ import annotations

from typing import NamedTuple

from netspec.graph import Graph
from netspec.graph.pretraining import pretrained


class Mark(NamedTuple):
    """What stands on the lines that lead to a pretrained layer, and what that means."""

    word: str
    said: str


MARKS = {
    "rbm": Mark("RBM", "RBM: while pretraining a restricted Boltzmann machine, whose lines have no direction."),
    "autoencoder": Mark("AE", "AE: while pretraining a denoising autoencoder, there and back by the same weights."),
}


def marks(graph: Graph) -> dict[str, Mark]:
    """The marks of pretrained layers, by their names."""
    return dict.fromkeys(pretrained(graph), MARKS[graph.pretrain.method]) if graph.pretrain else {}
