"""CMA-ES over the shares of a space: where most of a generation was good, the next is drawn.

Optuna's own sampler keeps a pickled optimizer among the trials; here it is made anew from what trials came to.
"""

from __future__ import annotations

from typing import NamedTuple

import cmaes
import numpy as np

WIDTH = 0.25  # of the first generation, where each var goes from 0 to 1


class Told(NamedTuple):
    """A trial of a generation: where it lies, from 0 to 1 in each var, and its figure, of which less is better."""

    generation: int
    place: list[float]
    figure: float


def evolved(count: int, told: list[Told], seed: int) -> tuple[int, list[float]]:
    """A place in ``count`` vars for the generation that is being tried, and which that is (Hansen 2016)."""
    size = max(2, count)  # it has no word for one var alone
    optimizer = cmaes.CMA(mean=np.full(size, 0.5), sigma=WIDTH, bounds=np.array([[0.0, 1.0]] * size))
    while True:
        solutions = [each for each in told if each.generation == optimizer.generation][: optimizer.population_size]
        if len(solutions) < optimizer.population_size:
            break
        optimizer.tell([(np.array(each.place), each.figure) for each in solutions])
    optimizer.reseed_rng(seed)
    return optimizer.generation, [float(each) for each in optimizer.ask()]
