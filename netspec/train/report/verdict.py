"""What the learning curves say: overfitting, underfitting, still learning, or fine."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from statistics import median
from typing import Literal

from netspec.train.run import History

#: Epochs below which nothing is said; the part of all epochs that the end is.
FEWEST, END = 5, 0.1
#: How far the loss must rise, of its lowest and of what it fell before; how far it must fall to be falling.
RISE, BACK, FALL = 0.1, 0.03, 0.02
GUESS = 0.75  # of the loss of a constant guess, which a net that has learned something is below

Kind = Literal["overfitting", "underfitting", "learning", "fine", "unknown"]


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

    Overfitting: the validation loss ends more than a tenth above its lowest, and has lost more than 3 % of what it had
    won, while that of training went on to fall; or it has not improved since the first three quarters of the epochs,
    while that of training halved, to less than half of it.
    Underfitting: the loss of training ends above three quarters of what a constant answer has.
    Learning: the lowest loss stands in the last tenth of the epochs, and in the last quarter it fell by 2 %.
    """
    key = "val_loss" if history and "val_loss" in history[0] else "loss"
    values = [row[key] for row in history]
    known = [at for at, value in enumerate(values) if isfinite(value)]
    if not known:
        return Verdict("unknown", "No curve", "No epoch has a finite loss.")
    best = min(known, key=values.__getitem__)
    ends = [at for at in known if at >= len(values) - max(1, round(END * len(values)))] or known[-1:]
    late, early = median(values[at] for at in ends), median(history[at]["loss"] for at in ends)
    gap = late - early if key == "val_loss" else None
    epoch = int(history[best]["epoch"])
    if len(history) < FEWEST:
        return Verdict("unknown", "Too few epochs", f"{len(history)} epochs are too few to say more.", epoch, gap)
    lost = BACK * (max(values[at] for at in known) - values[best])
    risen = late - values[best] > max(RISE * abs(values[best]), lost)
    if gap is not None and early < history[best]["loss"] and (risen or _parts(history, best, gap, late, lost)):
        words = (
            f"The validation loss was lowest in epoch {epoch}, at {values[best]:.4g}, and ends at {late:.4g}, while "
            f"the training loss went on to fall, to {early:.4g}. What is learned after epoch {epoch} does not hold for "
            "new samples: stop there, hold the net back more, or give it more data."
        )
        return Verdict("overfitting", f"Overfitting from epoch {epoch}", words, epoch, gap)
    if guess is not None and reached is not None and reached > GUESS * guess > 0:
        words = (
            f"The training loss ends at {reached:.4g}; one and the same answer for every sample would have "
            f"{guess:.4g}. The net is too small, held back too much, or its learning rate does not suit it."
        )
        return Verdict("underfitting", "Underfitting", words, epoch, gap)
    if _falls(values, best):
        words = f"The loss was lowest in epoch {epoch} of {len(history)} and was still falling: more epochs may help."
        return Verdict("learning", "Still learning", words, epoch, gap)
    return Verdict("fine", *_fine(gap, early, epoch, key), epoch, gap)


def _parts(history: History, best: int, gap: float, late: float, least: float) -> bool:
    """Whether the training loss leaves behind a validation loss that stands still."""
    early = late - gap
    halved = early < history[best]["loss"] / 2 and early < late / 2
    return best < len(history) * 3 // 4 and late >= history[best]["val_loss"] and halved and gap > least


def _falls(values: list[float], best: int) -> bool:
    """Whether the end is the lowest, and clearly below what was reached a quarter before."""
    before = [value for value in values[: len(values) * 3 // 4] if isfinite(value)]
    is_last = best >= len(values) - max(1, round(END * len(values)))
    return is_last and bool(before) and values[best] < min(before) - FALL * abs(min(before))


def _fine(gap: float | None, early: float, epoch: int, key: str) -> tuple[str, str]:
    if gap is None:
        return "Settled", f"The loss was lowest in epoch {epoch}. Without a validation part overfitting cannot be seen."
    if gap < 0:
        why = "which is a mean over the epoch, and higher with dropout"
        return "Fine", f"The validation loss stays low: it ends {-gap:.4g} below that of training, {why}."
    share = f" ({gap / early:.0%} of it)" if early > 0 and gap / early < 10 else ""
    return "Fine", f"The validation loss does not rise: it ends {gap:.4g} above that of training{share}."
