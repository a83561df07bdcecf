"""What the cells of an LSTM remember, step by step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from netspec.inspect.probe import Array
from netspec.inspect.trained.figures import Pictures
from netspec.inspect.trained.pictured import signed


def cells(layer: Any, given: Array, made: Array) -> Array | None:
    """The state of each cell after each step, c_t of Gers, Schmidhuber & Cummins 2000: samples, steps, cells.

    ``None`` where the layer is no LSTM, or where going through ``given`` does not lead to what it ``made``: where steps
    are masked, or it began with another's state.
    """
    if not isinstance(layer, keras.layers.LSTM) or given.ndim != 3 or not given.shape[1]:
        return None
    steps = keras.ops.convert_to_tensor(given[:, ::-1] if layer.go_backwards else given)
    state, seen, last = layer.get_initial_state(len(given)), [], None
    for at in range(steps.shape[1]):
        last, state = layer.cell(steps[:, at], state, training=False)
        seen.append(np.asarray(state[1], "float64"))
    end = made[:, -1] if made.ndim == 3 else made
    return np.stack(seen, 1) if np.allclose(np.asarray(last), end, rtol=1e-3, atol=1e-4) else None


def remembered(states: Array) -> Pictures:
    """A picture a sample: a cell a row, a step a column; blue below 0, vermillion above, all on one scale."""
    scaled = signed(np.concatenate([each.T for each in states], 1))
    shown = np.split(scaled, len(states), 1)
    told = f"memory of {states.shape[2]} cells (rows) over {states.shape[1]} steps of {len(states)} samples"
    return Pictures(tuple(shown), len(states), f"{told}; at most {np.abs(states).max():.2g} from 0")
