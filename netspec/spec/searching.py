"""What a spec says of a search: the values that its vars may take, how they are tried, what trials are judged by."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from math import prod
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, SkipValidation

from netspec.parts.faults import nested
from netspec.parts.term import AboveZero, NonNegative, Positive, Term, is_number, is_whole
from netspec.problems import Problem, listed, nearest, shown
from netspec.spec.conditions import Conditions
from netspec.spec.expressions import Missing
from netspec.spec.sizes import bytes_in
from netspec.spec.spaces import MOST_POINTS, Range, Space, check_range, choices, condition, space, values_of

#: The figures of a net that are known before it is trained; less of each is better.
KNOWN = ("parameters", "macs")

Direction = Literal["min", "max"]
Method = Literal["grid", "random", "tpe", "gp", "cmaes", "hyperband"]


def _several(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One text or a list of such, each as ``read`` reads it; what is wrong with one of a list is told at its place."""

    def check(words: Any) -> Any:
        if not isinstance(words, list | tuple):
            return words if words is None else read(words)
        if not words:
            raise ValueError("must be a text or a list of such, and not empty")
        for at, each in enumerate(words):
            try:
                read(each)
            except ValueError as error:
                raise nested(Problem("bad-value", f"each {error}", (at,))) from None
            if each in words[:at] and read is not _direction:
                raise nested(Problem("bad-value", f"{shown(each)} stands here twice", (at,)))
        return tuple(words)

    return check


def _name(words: Any) -> Any:
    if not isinstance(words, str) or not words:
        raise ValueError(f"must be the name of a figure, not {shown(words)}")
    return words


def _direction(words: Any) -> Any:
    if words not in get_args(Direction):
        raise ValueError(f"must be {listed(get_args(Direction))}, not {shown(words)}")
    return words


def _size(words: Any) -> Any:
    """Bytes, or a text that means some."""
    if words is None or (is_whole(words) and words > 0):
        return words
    with suppress(ValueError):
        if isinstance(words, str) and bytes_in(words) > 0:
            return words
    raise ValueError(f'must be a size such as "2GiB" or "500MB", not {shown(words)}')


class Search(Term):
    """Which values of vars are tried, and how trials are judged.

    ``space`` says what each var may be: a list of values, or a range; with a condition, where it is searched at all.
    ``where`` names conditions without which a point is not tried.  ``grid`` tries all combinations, the others so many
    ``trials``, none after ``timeout`` seconds.  With ``folds`` a trial is trained so many times, each time judged on
    other samples, and ``repeats`` divides them anew.  ``pruning`` ends a trial that is behind: after a fold, or
    without folds after an epoch.  ``metric`` is the figure that decides, ``direction`` whether it is to be low or
    high; of several, each may be best.  Nets with more than ``max_parameters`` parameters or ``max_macs`` multiply-adds
    for a sample, or that take more memory to train than ``fits``, are never trained.
    """

    space: Annotated[SkipValidation[Space], BeforeValidator(space)]
    where: Annotated[SkipValidation[str | tuple[str, ...] | None], BeforeValidator(_several(condition))] = None
    method: Method = "grid"
    trials: Annotated[int, Field(gt=0, le=MOST_POINTS)] | None = None
    timeout: AboveZero | None = None
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    repeats: Annotated[int, Field(gt=0, le=100)] | None = None
    pruning: Literal["median", "asha"] | None = None
    metric: Annotated[SkipValidation[str | tuple[str, ...] | None], BeforeValidator(_several(_name))] = None
    direction: Annotated[
        SkipValidation[Direction | tuple[Direction, ...] | None], BeforeValidator(_several(_direction))
    ] = None
    seed: NonNegative = 0
    max_parameters: Positive | None = None
    max_macs: Positive | None = None
    fits: Annotated[SkipValidation[str | int | None], BeforeValidator(_size)] = None

    @property
    def choices(self) -> dict[str, list[Any] | Range]:
        """What each var may be: all its values where they can be counted, else a range."""
        return choices(self.space)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The figures that decide; none where that follows from what trials are trained with."""
        return (self.metric,) if isinstance(self.metric, str) else self.metric or ()

    @property
    def divided(self) -> str:
        """How often the samples of a trial are divided, and into how many folds."""
        times = f"{self.repeats} times " if (self.repeats or 1) > 1 else ""
        return f"{times}{self.folds} folds" if self.folds else ""

    @property
    def prunes(self) -> bool:
        """Whether trials may be ended before their last fold or epoch."""
        return self.pruning is not None or self.method == "hyperband"

    @property
    def directions(self) -> tuple[Direction | None, ...]:
        """Whether each figure that decides is to be low or high, ``None`` where that follows from what it is."""
        stated = (self.direction,) if isinstance(self.direction, str) else self.direction
        return stated or tuple("min" if name in KNOWN else None for name in self.metrics or ("",))

    @property
    def most_bytes(self) -> int | None:
        """The memory that training may take."""
        return bytes_in(self.fits) if isinstance(self.fits, str) else self.fits

    def conditions(self, stated: Mapping[str, Any]) -> Conditions:
        """Its conditions over vars as they are ``stated``."""
        where = (self.where,) if isinstance(self.where, str) else self.where or ()
        return Conditions(self.space, where, stated)


def check_search(search: Search, variables: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything wrong with a search by itself, and with what it says of vars: their values, and as they are stated."""
    faults = list(chain(_method(search), _judged(search), _ranges(search, variables)))
    yield from faults
    if not any(isinstance(each, Missing) for each in variables.values()):
        yield from search.conditions(stated).check(at_points=not faults)


def _ranges(search: Search, variables: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the values that vars may take."""
    wrong = False
    for name, each in search.space.items():
        loc = ("search", "space", name)
        if name not in variables:
            yield Problem("unknown-name", f"the spec has no var {name!r}{nearest(name, variables)}", loc, key=True)
        if isinstance(each, Range):
            for code, message in check_range(each, search.method == "grid"):
                yield Problem(code, message, loc)
                wrong = True
        if search.method == "cmaes" and not all(map(is_number, values_of(each))):
            message = f'method = "cmaes" searches numbers only, and {name!r} may be something else'
            yield Problem("bad-value", message, loc)
        if search.method == "gp" and not isinstance(each, tuple) and each.when is not None:
            message = 'method = "gp" is for vars that are always searched: no condition may leave one out'
            yield Problem("bad-value", message, (*loc, "when"), key=True)
    if search.method != "grid" or wrong:
        return
    if (count := prod(len(each) for each in search.choices.values() if isinstance(each, list))) > MOST_POINTS:
        message = f"a grid has at most {MOST_POINTS:,} points; this one has {count:,}"
        yield Problem("too-large", message, ("search", "space"))


def _method(search: Search) -> Iterator[Problem]:
    """What a method needs, and what it cannot be said with."""
    if search.method == "grid" and search.trials is not None:
        message = "a grid tries all there is: 'trials' is for the other methods"
        yield Problem("bad-value", message, ("search", "trials"), key=True)
    if search.method == "grid" and "seed" in search.model_fields_set:
        message = "a grid is tried in its order: 'seed' is for the other methods, [train] seed for what nets begin with"
        yield Problem("bad-value", message, ("search", "seed"), key=True)
    if search.method != "grid" and search.trials is None:
        message = f"method = \"{search.method}\" needs 'trials', how many it tries"
        yield Problem("missing-argument", message, ("search",))
    if search.method == "hyperband":
        for key, why in (("folds", "ends trials after epochs"), ("pruning", "ends trials by itself")):
            if getattr(search, key) is not None:
                message = f'method = "hyperband" {why}: {key!r} is for the other methods'
                yield Problem("bad-value", message, ("search", key), key=True)
    if search.repeats is not None and search.folds is None:
        yield Problem("missing-argument", "'repeats' divides the folds anew: say also 'folds'", ("search", "repeats"))


def _judged(search: Search) -> Iterator[Problem]:
    """What figures may decide, and which way."""
    count = len(search.metrics)
    if search.metrics and set(search.metrics) <= set(KNOWN):
        message = f"a net's {listed(search.metrics, 'and')} need no training: name also a figure that does"
        yield Problem("bad-value", message, ("search", "metric"))
    if count > 1:
        if search.method in ("cmaes", "hyperband"):
            message = f'method = "{search.method}" is for one metric, not for {count}'
            yield Problem("bad-value", message, ("search", "metric"))
        elif search.pruning:
            message = f"with {count} metrics no trial is behind another: 'pruning' is for one"
            yield Problem("bad-value", message, ("search", "pruning"), key=True)
    if search.direction is not None and len(search.directions) != max(count, 1):
        many = "one metric decides: say one direction" if count < 2 else f"say {count} directions, one for each metric"
        yield Problem("bad-value", f"{many}, not {shown(search.direction)}", ("search", "direction"))
