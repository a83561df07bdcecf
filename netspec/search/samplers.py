"""A space and its methods in Optuna's words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from netspec.runs.run import TrainError
from netspec.search.points import toml
from netspec.search.trials import Plan
from netspec.spec import Search
from netspec.spec.spaces import Range


@dataclass(frozen=True)
class Axis:
    """What a var may be, as Optuna has it; ``choices`` where that is one of some values.

    Values of several kinds are told apart as they are written: to Optuna 1, 1.0 and true are the same.
    """

    distribution: BaseDistribution
    choices: tuple[Any, ...] = ()

    def said(self, value: Any) -> Any:
        """A value in Optuna's words."""
        if isinstance(self.distribution, IntDistribution) and self.choices:
            return self._written.index(toml(value))
        return toml(value) if self.choices and not _is_plain(self.choices) else value

    def value(self, said: Any) -> Any:
        """The value that was said so."""
        if isinstance(self.distribution, IntDistribution) and self.choices:
            return self.choices[said]
        return self.choices[self._written.index(said)] if self.choices and not _is_plain(self.choices) else said

    @property
    def _written(self) -> list[str]:
        return [toml(each) for each in self.choices]


def axes(search: Search) -> dict[str, Axis]:
    """What each var may be."""
    return {name: _axis(each, search.method) for name, each in search.choices.items()}


def _axis(each: list[Any] | Range, method: str) -> Axis:
    if isinstance(each, Range):
        kind = IntDistribution if each.is_whole else FloatDistribution
        return Axis(kind(each.low, each.high, log=each.log))
    if method == "cmaes":  # it knows no choices: how far apart two values are counts for it
        return Axis(IntDistribution(0, len(each) - 1), tuple(each))
    said = each if _is_plain(each) else [toml(value) for value in each]
    return Axis(CategoricalDistribution(said), tuple(each))


def _is_plain(values: Any) -> bool:
    kinds = {type(value) for value in values}
    return len(kinds) == 1 and kinds <= {int, float, str, bool}


def sampler(search: Search, seed: int) -> optuna.samplers.BaseSampler:
    """The method of a search that Optuna has; ``TrainError`` where it needs what is not installed."""
    if search.method == "tpe":
        return optuna.samplers.TPESampler(seed=seed, constant_liar=True)
    try:
        import scipy  # noqa: F401
        import torch  # noqa: F401
    except ImportError:
        raise TrainError('method = "gp" needs PyTorch and SciPy: pip install torch scipy') from None
    return optuna.samplers.GPSampler(seed=seed)


def seeded(search: Search, at: int) -> int:
    """A seed for the draw of that number."""
    return int(hashlib.sha256(f"{search.seed} {at}".encode()).hexdigest()[:8], 16)


def pruner(plan: Plan) -> optuna.pruners.BasePruner:
    """What ends trials that are not worth going on.

    Median: Golovin et al. 2017; asha: Li et al. 2020, successive halving without waiting; Hyperband: Li et al. 2018.
    """
    search = plan.search
    if search.method == "hyperband":
        assert plan.start.train
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=plan.start.train.epochs)
    if search.pruning == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4)
    if search.pruning == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1)
    return optuna.pruners.NopPruner()
