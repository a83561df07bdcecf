"""Whether the best net of a search is clearly better than simpler ones, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Literal

from netspec.problems import plain
from netspec.search.judged import Judged, Result
from netspec.search.report.figures import around, signed
from netspec.search.spread import Spread

Kind = Literal["nothing", "alone", "split", "unclear", "likely", "clear", "smallest"]

#: By how much one result is better than another over the same folds; ``None`` where that is not known.
Paired = Callable[["Judged", "Result", "Result"], "Spread | None"]
WIDTH = 80  # of a terminal
_DOUBT, _CHANCE = "these folds do not tell the two apart.", "that is no chance of the folds."


@dataclass(frozen=True)
class Verdict:
    """What was found, in a line and in sentences; ``other`` is the net that the best was held against.

    ``difference`` is by how much the best is better than the other, fold by fold.
    """

    kind: Kind
    head: str
    words: list[str] = field(default_factory=list)
    other: Result | None = None
    difference: Spread | None = None

    @property
    def lines(self) -> list[str]:
        """What a terminal shows of it."""
        return [line for each in (self.head, *self.words) for line in wrap(each, WIDTH, break_on_hyphens=False)]


def verdict(judged: Judged, paired: Paired, foldable: bool = True) -> Verdict:
    """What the figures of a search say of its best net; ``foldable`` is whether it could be searched with folds.

    It is held against the simplest net within one standard error of it (Breiman et al. 1984, section 3.4.3), or, where
    no smaller one is, against the best of the smaller ones; over the same folds also by the difference of each fold,
    whose interval is corrected as Nadeau & Bengio (2003) do.
    """
    best = judged.best
    if best is None:
        return Verdict("nothing", f"No trial came to a finite {plain(judged.figure) or 'figure'}.")
    if len(judged.ranked) == 1:
        return Verdict("alone", "There is no other net to hold the best against.")
    error, simplest = judged.of(best).error, judged.simplest
    if error is None or simplest is None:
        return _split(foldable)
    if simplest is not best:
        return _unclear(judged, best, simplest, error, paired(judged, best, simplest))
    smaller = [each for each in judged.ranked if each.trial.parameters < best.trial.parameters]
    if not smaller:
        return _smallest(judged, best, error, paired)
    return _clear(judged, best, smaller[0], error, paired(judged, best, smaller[0]))


def values(result: Result) -> str:
    """The values of a result's vars as ``--set`` takes them, on one line."""
    return plain(" ".join(result.trial.point.settings))


def net(judged: Judged, result: Result) -> str:
    """A net in plain words: its values, its parameters, its figure."""
    figure = f"{plain(judged.figure)} {around(judged.of(result))}"
    return f"{values(result)}, {result.trial.parameters:,} parameters: {figure}"


def _apart(judged: Judged, best: Result, other: Result) -> str:
    return f"{abs(judged.of(best).mean - judged.of(other).mean):.2g}"


def _split(foldable: bool) -> Verdict:
    words = (
        "Each net was judged once, on one part of the samples, and nothing tells by how much figures would differ on"
    )
    advice = "folds = 5 in [search] would" if foldable else "the same search with another train.seed would"
    return Verdict("split", "One split cannot tell which net is better.", [f"{words} others: {advice}."])


def _smallest(judged: Judged, best: Result, error: float, paired: Paired) -> Verdict:
    of_one_size = all(each.trial.parameters == best.trial.parameters for each in judged.ranked)
    head = "All nets that were tried are of one size." if of_one_size else "The best net is also the smallest."
    # a net that came up again, with a var that it does not use, is no other
    next_ = next((each for each in judged.ranked if each.spreads != best.spreads), None)
    if next_ is None:
        return Verdict("smallest", head, ["All came to the same figures."])
    within = abs(judged.of(next_).mean - judged.of(best).mean) <= error
    words = [
        f"Next is {net(judged, next_)}. It is {_apart(judged, best, next_)} worse, which is"
        f" {'within' if within else 'more than'} one standard error ({error:.2g})."
    ]
    apart = paired(judged, best, next_)
    if apart and apart.low is not None:
        words.append(f"{_fold_by_fold(apart)} {_DOUBT if _holds_zero(apart) else _CHANCE}")
    return Verdict("smallest", head, words, next_, apart)


def _unclear(judged: Judged, best: Result, simplest: Result, error: float, apart: Spread | None) -> Verdict:
    gap = _apart(judged, best, simplest)
    words = [
        f"Simplest within one standard error ({error:.2g}) of it is {net(judged, simplest)}. It is {gap} worse: where"
        " nothing else speaks for the larger net, take this one.",
    ]
    if apart and apart.low is not None:
        words.append(f"{_fold_by_fold(apart)} {_DOUBT if _holds_zero(apart) else _CHANCE}")
    return Verdict("unclear", "The best net is not clearly better than a simpler one.", words, simplest, apart)


def _clear(judged: Judged, best: Result, other: Result, error: float, apart: Spread | None) -> Verdict:
    words = [
        f"No smaller net is within one standard error ({error:.2g}) of it. The best of the smaller ones is"
        f" {net(judged, other)}, and {_apart(judged, best, other)} worse.",
    ]
    if apart is None or apart.low is None:
        return Verdict("clear", "The best net is better than every smaller one.", words, other)
    if _holds_zero(apart):
        words.append(f"{_fold_by_fold(apart)} more folds would tell.")
        head = "The best net is better than every smaller one, though not beyond doubt."
        return Verdict("likely", head, words, other, apart)
    words.append(f"{_fold_by_fold(apart)} {_CHANCE}")
    return Verdict("clear", "The best net is clearly better than every smaller one.", words, other, apart)


def _holds_zero(apart: Spread) -> bool:
    assert apart.low is not None
    assert apart.high is not None
    return apart.low <= 0 <= apart.high


def _fold_by_fold(apart: Spread) -> str:
    assert apart.low is not None
    assert apart.high is not None
    zero = "holds 0:" if _holds_zero(apart) else "leaves out 0:"
    between = f"between {signed(apart.low, '.2g')} and {signed(apart.high, '.2g')}"
    return (
        f"Fold by fold the best is better by {signed(apart.mean, '.2g')} on average, with 95 % confidence {between}"
        f" (corrected as Nadeau & Bengio 2003 do), which {zero}"
    )
