"""What differs between the rounds of a block: as vars of the block, few and each with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ABSENT = object()  # the value of what is not there


@dataclass
class Hole:
    """A place in a block's rows where the rounds differ: a value for each, ``ABSENT`` where the row is not there."""

    name: str
    slot: str
    values: list[Any]
    text: str = ""  # the expression that stands there


@dataclass
class Param:
    """Values that change together, and the ways in which they may be told: each gives a number or word per round.

    ``plain`` are the values themselves, ``factor`` and ``part`` what they are in terms of the channels that arrive.
    """

    name: str
    slot: str
    plain: list[Any]
    factor: list[Any] | None = None
    part: list[Any] | None = None

    @property
    def ways(self) -> list[list[Any]]:
        """All ways that there are."""
        return [way for way in (self.plain, self.factor, self.part) if way is not None]


def key(value: Any) -> str:
    """Equal for values that TOML writes alike."""
    return "" if value is ABSENT else repr(value)


def merged(name: str, slot: str, values: Sequence[Any], holes: list[Hole]) -> Any:
    """One value of slot ``slot`` for all rounds, with a hole wherever they differ."""
    here = [value for value in values if value is not ABSENT]
    if len(set(map(key, here))) == 1:
        return here[0]
    if all(isinstance(value, dict) for value in here) and len({tuple(value) for value in here}) == 1:
        return {each: merged(each, slot, [_item(value, each) for value in values], holes) for each in here[0]}
    if all(isinstance(value, list) for value in here) and len({len(value) for value in here}) == 1:
        inner: list[Hole] = []
        made = [merged(name, slot, [_item(value, at) for value in values], inner) for at in range(len(here[0]))]
        if len({tuple(map(key, each.values)) for each in inner}) == 1:
            holes += inner
            return made
    hole = Hole(name, slot, list(values))
    holes.append(hole)
    return hole


def _item(value: Any, at: Any) -> Any:
    return ABSENT if value is ABSENT else value[at]


def filled(value: Any) -> Any:
    """A value with the expressions put into its holes."""
    if isinstance(value, Hole):
        return value.text
    if isinstance(value, dict):
        return {each: filled(item) for each, item in value.items()}
    return [filled(item) for item in value] if isinstance(value, list) else value


def params_of(holes: Sequence[Hole], channels: Sequence[int | None]) -> tuple[list[Param], list[tuple[Param, str]]]:
    """The params that fill the holes, and for each hole its param and how it follows from it (``4 * {}``)."""
    params: list[Param] = []
    told: dict[int, tuple[Param, str]] = {}
    for hole in sorted(holes, key=_size):
        told[id(hole)] = _known(hole, params) or (_param(hole, channels), "{}")
        if told[id(hole)][0] not in params:
            params.append(told[id(hole)][0])
    found = [told[id(hole)] for hole in holes]
    return list({id(param): param for param, _ in found}.values()), found


def _size(hole: Hole) -> tuple[int, int]:
    """What comes first: values that all rounds have, and small ones, of which others are multiples."""
    absent = sum(value is ABSENT for value in hole.values)
    return absent, sum(value for value in hole.values if _is_count(value))


def _known(hole: Hole, params: Sequence[Param]) -> tuple[Param, str] | None:
    """A param above from which the values of a hole follow."""
    pairs: list[tuple[Any, Any]]
    for param in params:
        pairs = [(mine, theirs) for mine, theirs in zip(hole.values, param.plain, strict=True) if mine is not ABSENT]
        if any(theirs is ABSENT for _, theirs in pairs):
            continue
        if all(key(mine) == key(theirs) for mine, theirs in pairs):
            return param, "{}"
    for param in params:
        pairs = [(mine, theirs) for mine, theirs in zip(hole.values, param.plain, strict=True) if mine is not ABSENT]
        if not all(_is_count(mine) and _is_count(theirs) for mine, theirs in pairs) or len(set(pairs)) < 2:
            continue
        for template, first, second in (("{n} * {{}}", 0, 1), ("{{}} // {n}", 1, 0)):
            ratios = {pair[first] / pair[second] for pair in pairs}
            ratio = ratios.pop()
            if not ratios and ratio.is_integer() and ratio > 1:
                return param, template.format(n=int(ratio))
    return None


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _param(hole: Hole, channels: Sequence[int | None]) -> Param:
    """A param of a hole's own, with what its values are in terms of the channels that arrive."""
    ways: list[list[Any] | None] = []
    for up in (True, False):
        way: list[Any] | None = []
        for value, arriving in zip(hole.values, channels, strict=True):
            if way is None or value is ABSENT:
                way = way if way is None else [*way, ABSENT]
            elif not _is_count(value) or not arriving or (value % arriving if up else arriving % value):
                way = None
            else:
                way = [*way, value // arriving if up else arriving // value]
        ways.append(way)
    return Param(hole.name, hole.slot, hole.values, *ways)


def parted(joined: Sequence[bool], params: Sequence[Param], optional: Sequence[Sequence[bool]]) -> list[range]:
    """The rounds as uses of the block: few uses, of which each needs few words."""
    starts = [at for at, each in enumerate(joined) if not each]
    uses: list[range] = []
    ways = {tuple(_pattern(way) for way in param.ways): param.ways for param in reversed(params)}
    ways |= {(_pattern(each),): [list(each)] for each in optional}
    all_ways = [[[key(value) for value in way] for way in each] for each in ways.values()]
    rest = [
        "any" if all(isinstance(each, float) for each in way[0] if each is not ABSENT) else _rest(way[0])
        for way in ways.values()
    ]
    for start, stop in zip(starts, [*starts[1:], len(joined)], strict=True):
        uses += _best(start, stop, all_ways, rest) if stop - start <= 150 else _alike(start, stop, all_ways)
    return uses


def _pattern(values: Sequence[Any]) -> tuple[int, ...]:
    """Where values change, whatever they are: what changes together costs the reader once."""
    known: dict[str, int] = {}
    return tuple(known.setdefault(key(value), len(known)) for value in values)


def _rest(values: Sequence[Any]) -> str:
    """The value that further rounds may have where the first has another; nothing where none is plain enough."""
    counts = Counter(key(value) for value in values if value is not ABSENT and _is_neutral(value))
    return counts.most_common(1)[0][0] if counts else "none"


def _is_neutral(value: Any) -> bool:
    """Whether a value needs no reason in rounds that are not the first: a stride of 1, ``true``, ``'same'``."""
    return isinstance(value, bool | str) or (isinstance(value, int | float) and abs(value) <= 1)


def _alike(start: int, stop: int, all_ways: Sequence[Sequence[Sequence[str]]]) -> Iterator[range]:
    """Rounds that are the same in every way, together."""
    first = start
    for at in range(start + 1, stop + 1):
        if at == stop or any(ways[0][at] != ways[0][first] for ways in all_ways):
            yield range(first, at)
            first = at


def _best(start: int, stop: int, all_ways: Sequence[Sequence[Sequence[str]]], rest: Sequence[str]) -> list[range]:
    """The cheapest way to part the rounds."""
    cost = [0.0] + [float("inf")] * (stop - start)
    came = [0] * (stop - start + 1)
    for at in range(start, stop):
        tellings = [[_Telling(way) for way in ways] for ways in all_ways]
        for end in range(at + 1, stop + 1):
            price = cost[at - start] + 1
            for told, common in zip(tellings, rest, strict=True):
                price += min(each.price(end - 1, common) for each in told)
            if price < cost[end - start] - 1e-9:
                cost[end - start], came[end - start] = price, at - start
    uses = []
    end = stop - start
    while end:
        uses.append(range(start + came[end], start + end))
        end = came[end]
    return uses[::-1]


class _Telling:
    """What it costs to tell the values of some rounds in one way, as rounds are added."""

    def __init__(self, way: Sequence[str]):
        self.way = way
        self.values: list[str] = []
        self.changes = self.later = 0

    def price(self, at: int, common: str) -> float:
        value = self.way[at]
        if value:
            if self.values and value != self.values[-1]:
                self.changes += 1
                self.later += len(self.values) > 1
            self.values.append(value)
        if not self.changes:
            return 0.0
        if common == "any":
            return 0.6
        if not self.later and self.values[-1] == common:
            return 0.3
        return 1.2 if self.changes == len(self.values) - 1 > 1 else 2.5 * self.changes


@dataclass
class Told:
    """A param as an expression, the var that it needs, if any, and its value in each use."""

    text: str
    var: str = ""
    values: Mapping[int, Any] | None = None  # by use; a use that needs none is not there


def told(param: Param, name: str, uses: Sequence[range]) -> Told:
    """How a param is told in the block, and what each use says of it."""
    channel = "input.shape[-1]"
    if (values := _constant(param.plain, uses)) is not None:
        return Told(name, name, values)
    for way, text, var in (
        (param.factor, "{} * " + channel, "expansion"),
        (param.part, channel + " // {}", "reduction"),
    ):
        values = _constant(way, uses) if way else None
        if values is not None:
            if len(distinct := set(values.values())) == 1:
                number = distinct.pop()
                return Told(channel if number == 1 else text.format(number))
            return Told(text.format(var), var, values)
    rest = {key(param.plain[at]): param.plain[at] for use in uses for at in use[1:] if param.plain[at] is not ABSENT}
    if len(rest) == 1 and _is_neutral(only := next(iter(rest.values()))) and (said := literal(only)):
        first = {at: param.plain[use[0]] for at, use in enumerate(uses) if param.plain[use[0]] is not ABSENT}
        return Told(f"{name} if index == 0 else {said}", name, first)
    lists = {}
    for at, use in enumerate(uses):
        here = [param.plain[each] for each in use if param.plain[each] is not ABSENT]
        if here:
            lists[at] = [here[0] if param.plain[each] is ABSENT else param.plain[each] for each in use]
    plural = name if name.endswith("s") else f"{name}s"
    return Told(f"{plural}[index]", plural, lists)


def _constant(values: Sequence[Any], uses: Sequence[range]) -> dict[int, Any] | None:
    """The one value of each use, ``None`` where some use has several."""
    made = {}
    for at, use in enumerate(uses):
        here = {key(values[each]): values[each] for each in use if values[each] is not ABSENT}
        if len(here) > 1:
            return None
        if here:
            made[at] = next(iter(here.values()))
    return made


def literal(value: Any) -> str:
    """A value in an expression; nothing where it cannot stand there."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str) and value.replace("_", "").isalnum():
        return repr(value)
    if isinstance(value, list):
        items = [literal(item) for item in value]
        return f"[{', '.join(items)}]" if all(items) else ""
    return ""


def usual(values: Mapping[int, Any]) -> Any:
    """The value that most uses have, the first of those."""
    counts = Counter(map(key, values.values()))
    best = max(counts.values())
    return next(value for value in values.values() if counts[key(value)] == best)
