"""What recurrent layers remember, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from netspec.inspect.probe import Array
from netspec.inspect.trained.figures import Pictures
from netspec.inspect.trained.pictured import LARGEST, few, signed

#: Cells whose memory is known: of an LSTM the second of its states, of the others what they say.
_CELLS = (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell)
#: How the two directions of a layer become one.
_MERGED: dict[str | None, Callable[[Array, Array], Array]] = {
    "concat": lambda one, other: np.concatenate([one, other], -1),
    "sum": np.add,
    "ave": lambda one, other: (one + other) / 2,
    "mul": np.multiply,
    None: lambda one, _: one,  # both are handed out, the one that reads forwards first
}


@dataclass(frozen=True)
class Memory:
    """What a layer holds after each step: ``states`` are samples, steps in the order of the sample, units.

    ``kind`` is what its units are called; one that ``reads_back`` has seen what comes after a step, not before.
    """

    states: Array
    kind: str
    reads_back: bool = False


def ways(layer: Any) -> list[Any]:
    """The layers that read, one or one for each direction; none where a layer is not recurrent."""
    pair = [layer.forward_layer, layer.backward_layer] if isinstance(layer, keras.layers.Bidirectional) else [layer]
    return [each for each in pair if isinstance(each, keras.layers.RNN) and isinstance(each.cell, _CELLS)]


def memories(layer: Any, given: Array, made: Array) -> list[Memory]:
    """What each direction of a layer remembers: c_t of an LSTM (Gers, Schmidhuber & Cummins 2000), else h_t.

    None where the layer is not recurrent, or where going through ``given`` does not lead to what it ``made``: where
    steps are masked, or it began with another's state.
    """
    readers = ways(layer)
    if not readers or given.ndim != 3 or not given.shape[1]:
        return []
    found, said = zip(*(_read(each, given) for each in readers), strict=True)
    ends = list(said) if readers[0].return_sequences else [each[:, -1] for each in said]
    if len(ends) == 2:
        other = ends[1][:, ::-1] if readers[1].return_sequences else ends[1]
        ends = [_MERGED[layer.merge_mode](ends[0], other)]
    same = ends[0].shape == made.shape and np.allclose(ends[0], made, rtol=1e-3, atol=1e-4)
    return list(found) if same else []


def _read(layer: Any, given: Array) -> tuple[Memory, Array]:
    """The memory of one direction, and what it says after each step, in the order in which it reads."""
    reads_back = bool(layer.go_backwards)
    steps = keras.ops.convert_to_tensor(given[:, ::-1] if reads_back else given)
    has_cells = isinstance(layer.cell, keras.layers.LSTMCell)
    state, held, said = layer.get_initial_state(len(given)), [], []
    for at in range(steps.shape[1]):
        made, state = layer.cell(steps[:, at], state, training=False)
        said.append(np.asarray(made, "float64"))
        held.append(np.asarray(state[1], "float64") if has_cells else said[-1])
    states = np.stack(held, 1)[:, :: -1 if reads_back else 1]
    return Memory(states, "cells" if has_cells else "units", reads_back), np.stack(said, 1)


def remembered(memory: Memory) -> Pictures:
    """A picture a sample: a cell a row, a step a column; blue below 0, vermillion above, all on one scale."""
    whole = memory.states
    states = whole[:, :LARGEST, :LARGEST]
    scaled = signed(np.concatenate([each.T for each in states], 1))
    shown = np.split(scaled, len(states), 1)
    units, steps = few(states.shape[2], whole.shape[2]), few(states.shape[1], whole.shape[1])
    told = f"memory of {units} {memory.kind} (rows) over {steps} steps of {len(states)} samples"
    way = ", read from the last step to the first" if memory.reads_back else ""
    most = f"at most {np.abs(states).max():.2g} from 0"
    return Pictures(tuple(shown), len(states), f"{told}{way}; blue below 0, vermillion above, {most}")
