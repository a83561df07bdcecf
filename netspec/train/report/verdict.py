"""What the learning curves say: diverged, overfitting, underfitting, still learning, or fine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, isnan, nan
from statistics import median
from typing import Literal

from netspec.train.run import History

#: Epochs below which nothing is said; the part of all epochs that the end is.
FEWEST, END = 5, 0.1
SHOWN = 8  # numbers of epochs that are left out
#: How far the loss must rise, of its lowest and of what it fell before; how far it must fall to be falling.
RISE, BACK, FALL = 0.1, 0.03, 0.02
GUESS = 0.75  # of the loss of a constant guess, which a net that has learned something is below

Kind = Literal["diverged", "overfitting", "underfitting", "learning", "fine", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """What was found, in a word and in a sentence; ``epoch`` is the one with the lowest validation loss.

    ``gap`` is by how much the validation loss is above that of training, at the end.
    """

    kind: Kind
    head: str
    words: str
    epoch: int | None = None
    gap: float | None = None


def verdict(history: History, guess: float | None, reached: float | None) -> Verdict:
    """What ``history`` says; ``guess`` is the loss of a constant answer, ``reached`` that of training in the end.

    Diverged: the loss ends as no finite number.
    Overfitting: the validation loss ends more than a tenth above its lowest, and has lost more than 3 % of what it had
    won, while that of training went on to fall; or it has not improved since the first three quarters of the epochs,
    while that of training halved, to less than half of it.
    Underfitting: the loss of training ends above three quarters of what a constant answer has.
    Learning: the lowest loss stands in the last tenth of the epochs, and in the last quarter it fell by 2 %.
    """
    if not history:
        return Verdict("unknown", "No curve", "No epoch is behind it.")
    curve = _Curve(history, "val_loss" if "val_loss" in history[0] else "loss")
    if len(history) - 1 not in curve.known:
        return _diverged(curve)
    found = _settled(curve, guess, reached)
    lost = [f"{row['epoch']:.0f}" for at, row in enumerate(history) if at not in {*curve.known}]
    if not lost:
        return found
    many = f"{', '.join(lost[:SHOWN])}{f' and {len(lost) - SHOWN:,} more' if len(lost) > SHOWN else ''}"
    return replace(found, words=f"{found.words} Left out, as a loss is no finite number there: epoch {many}.")


def _settled(curve: _Curve, guess: float | None, reached: float | None) -> Verdict:
    """What a curve says that ends in numbers."""
    history, epoch, gap = curve.history, curve.epoch, curve.gap
    if len(history) < FEWEST:
        return Verdict("unknown", "Too few epochs", f"{len(history)} epochs are too few to say more.", epoch, gap)
    if curve.overfits:
        words = (
            f"The validation loss was lowest in epoch {epoch}, at {curve.lowest:.4g}, and ends at {curve.late:.4g}, "
            f"while the training loss went on to fall, to {curve.early:.4g}. What is learned after epoch {epoch} does "
            "not hold for new samples: stop there, hold the net back more, or give it more data."
        )
        return Verdict("overfitting", f"Overfitting from epoch {epoch}", words, epoch, gap)
    if guess is not None and reached is not None and reached > GUESS * guess > 0:
        words = (
            f"The training loss ends at {reached:.4g}; one and the same answer for every sample would have "
            f"{guess:.4g}. The net is too small, held back too much, or its learning rate does not suit it."
        )
        return Verdict("underfitting", "Underfitting", words, epoch, gap)
    if curve.falls:
        words = f"The loss was lowest in epoch {epoch} of {len(history)} and was still falling: more epochs may help."
        return Verdict("learning", "Still learning", words, epoch, gap)
    return Verdict("fine", *_fine(curve), epoch, gap)


class _Curve:
    """The loss by which epochs are judged, ``key``, and that of training; of epochs in which both are finite numbers.

    ``late`` and ``early`` are the medians of the two over the last tenth of all epochs.
    """

    def __init__(self, history: History, key: str):
        self.history, self.key = history, key
        self.values = [row.get(key, nan) for row in history]
        self.train = [row.get("loss", nan) for row in history]
        self.known = [at for at in range(len(history)) if isfinite(self.values[at]) and isfinite(self.train[at])]
        if not self.known:
            return
        self.best = min(self.known, key=self.values.__getitem__)
        self.lowest, self.epoch = self.values[self.best], int(history[self.best]["epoch"])
        ends = [at for at in self.known if at >= self._last_tenth()] or self.known[-1:]
        self.late, self.early = (median(each[at] for at in ends) for each in (self.values, self.train))
        self.gap = self.late - self.early if key == "val_loss" else None

    def _last_tenth(self) -> int:
        return len(self.values) - max(1, round(END * len(self.values)))

    @property
    def overfits(self) -> bool:
        """Whether the validation loss rises while that of training falls, or is left behind by it."""
        lost = BACK * (max(self.values[at] for at in self.known) - self.lowest)
        risen = self.late - self.lowest > max(RISE * abs(self.lowest), lost)
        return self.gap is not None and self.early < self.train[self.best] and (risen or self._parts(self.gap, lost))

    def _parts(self, gap: float, least: float) -> bool:
        """Whether the training loss leaves behind a validation loss that stands still."""
        halved = self.early < self.train[self.best] / 2 and self.early < self.late / 2
        return self.best < len(self.values) * 3 // 4 and self.late >= self.lowest and halved and gap > least

    @property
    def falls(self) -> bool:
        """Whether the end is the lowest, and clearly below what was reached a quarter before."""
        before = [self.values[at] for at in self.known if at < len(self.values) * 3 // 4]
        is_last = self.best >= self._last_tenth()
        return is_last and bool(before) and self.lowest < min(before) - FALL * abs(min(before))


def _diverged(curve: _Curve) -> Verdict:
    """The loss is no finite number in the end: since when, and what may keep it one."""
    first = (curve.known[-1] if curve.known else -1) + 1
    of_train = not isfinite(curve.train[first])
    value = (curve.train if of_train else curve.values)[first]
    which, word = "training" if of_train else "validation", "NaN" if isnan(value) else "infinite"
    epoch = int(curve.history[first]["epoch"])
    lowest = f"it was lowest in epoch {curve.epoch}, at {curve.lowest:.4g}" if curve.known else ""
    words = (
        f"The {which} loss became {word} in epoch {epoch}; {lowest or 'no epoch has a finite one'}. Try a lower "
        "learning rate, or gradients that are clipped (clipnorm = 1.0 in the optimizer); look for numbers in the data "
        "that are none or very large, and for a logarithm or a quotient of 0 in the loss."
    )
    head = f"Loss {word} from epoch {epoch}"
    return Verdict("diverged", head, words, curve.epoch if curve.known else None)


def _fine(curve: _Curve) -> tuple[str, str]:
    gap, early = curve.gap, curve.early
    if gap is None:
        told = f"The loss was lowest in epoch {curve.epoch}. Without a validation part overfitting cannot be seen."
        return "Settled", told
    if gap < 0:
        why = "which is a mean over the epoch, and higher with dropout"
        return "Fine", f"The validation loss stays low: it ends {-gap:.4g} below that of training, {why}."
    share = f" ({gap / early:.0%} of it)" if early > 0 and gap / early < 10 else ""
    return "Fine", f"The validation loss does not rise: it ends {gap:.4g} above that of training{share}."
