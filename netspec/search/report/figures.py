"""Figures as a report writes them: to one place, with what is known of them."""

from __future__ import annotations

from math import floor, isfinite, log10

from netspec.search.spread import Spread


def around(spread: Spread) -> str:
    """A mean, and the deviation around it to the same place.

    >>> around(Spread(0.9, 0.01234)), around(Spread(0.5)), around(Spread(12345.6, 78.9))
    ('0.9000 ± 0.0123', '0.5000', '12,346 ± 79')
    """
    told = rounded(spread.mean, spread.mean)
    return told if spread.deviation is None else f"{told} ± {rounded(spread.deviation, spread.mean)}"


def rounded(value: float, like: float) -> str:
    """A value to the place of the fourth digit of another, or the fifth where that is above 1.

    >>> rounded(0.9, 0.97), rounded(1.0, 1.0), rounded(3.14159, 97.0), rounded(0.00001234, 0.00001)
    ('0.9000', '1.0000', '3.142', '1.23e-05')
    >>> rounded(-0.5, 0.5)
    '−0.5000'
    """
    power = floor(log10(abs(like))) if like and isfinite(like) else -1
    place = 3 - power if power < 0 else 4 - power
    return signed(value, f",.{max(0, place)}f" if place <= 7 else ".2e")


def signed(value: float, form: str) -> str:
    """A value in a form of Python's, with a minus that is as wide as a digit."""
    return f"{'−' * (value < 0)}{abs(value):{form}}"


def card(spread: Spread) -> tuple[str, str]:
    """A figure and what is known of it."""
    if spread.deviation is None:
        return rounded(spread.mean, spread.mean), "judged once" if isfinite(
            spread.mean
        ) else "not in all folds a number"
    assert spread.low is not None
    assert spread.high is not None
    mean, *others = (rounded(each, spread.mean) for each in (spread.mean, spread.deviation, spread.low, spread.high))
    return mean, f"± {others[0]} over folds; {others[1]} to {others[2]} with 95 % confidence"


def timed(count: float) -> str:
    """A time as people read it."""
    if count < 60:
        return f"{count:.1f} s"
    minutes, rest = divmod(round(count), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
