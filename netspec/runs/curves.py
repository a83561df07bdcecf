"""Learning curves of several runs in one plot, as SVG for a page that has the colours in its style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

from netspec.draw.texts import clean
from netspec.runs.run import History

#: Okabe and Ito's colours, which colour-blind readers can tell apart; the last is the text's.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "var(--ink)")
WIDTH, HEIGHT = 520, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 34, 30, 44
_POINTS = 1000  # of a line: more cannot be seen
_APART = 12  # between the numbers at the ends of lines

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A run's figure over the epochs: ``number`` is the run's, from 1; training's is dashed beside validation's."""

    number: int
    points: Sequence[Point]
    dashed: bool = False


def lines(histories: Sequence[History], name: str) -> list[Line]:
    """The lines of a figure: of each run that has it in training, and in validation."""
    found = []
    validated = any(f"val_{name}" in row for history in histories for row in history)
    for number, history in enumerate(histories, 1):
        for key, dashed in ((name, validated), (f"val_{name}", False)):
            points = [(row["epoch"], row[key]) for row in history if key in row and isfinite(row.get("epoch", 0))]
            if points:
                found.append(Line(number, _fewer(points), dashed))
    return found


def plot(name: str, found: Sequence[Line]) -> str:
    """A plot of lines; those of validation are whole, those of training dashed, each with its run's number."""
    points = [point for line in found for point in line.points if isfinite(point[1])]
    if not points:
        return ""
    across = _Scale([x for x, _ in points], _LEFT, WIDTH - _RIGHT)
    up = _Scale([y for _, y in points], HEIGHT - _BOTTOM - _APART / 2, _TOP + _APART / 2)
    title = escape(clean(name, 60))
    body = [*_axes(across, up), *(_path(line, across, up) for line in found), *_ends(found, across, up)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title} by epoch">'
        f'<text class="title" x="{_LEFT}" y="16">{title}</text>{"".join(body)}</svg>'
    )


class _Scale:
    """Values to places along an axis, with a few round values marked."""

    def __init__(self, values: Sequence[float], start: float, end: float):
        low, high = min(values), max(values)
        if low == high:
            low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
        self.low, self.span, self.start, self.end = low, high - low, start, end

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / self.span * (self.end - self.start)

    def marks(self) -> list[float]:
        """About five round values within."""
        raw = self.span / 5
        power = 10.0 ** floor(log10(raw))
        step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw)
        first = ceil(self.low / step)
        return [at * step for at in range(first, first + 12) if at * step <= self.low + self.span * (1 + 1e-9)]


def _axes(across: _Scale, up: _Scale) -> Iterator[str]:
    floor_, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for value in up.marks():
        y = f"{up.at(value):.1f}"
        yield f'<path class="grid" d="M{_LEFT} {y}H{right}"/><text class="mark end" x="{_LEFT - 8}" y="{y}" dy="4">'
        yield f"{value:.4g}</text>"
    for value in across.marks():
        if value == int(value):
            yield f'<text class="mark mid" x="{across.at(value):.1f}" y="{floor_ + 18}">{int(value)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {floor_}H{right}"/>'
    yield f'<text class="mark mid" x="{(_LEFT + right) / 2}" y="{HEIGHT - 8}">epoch</text>'


def _path(line: Line, across: _Scale, up: _Scale) -> str:
    """A line, broken where a figure is no finite number; a single epoch is a dot."""
    looks = f"{look(line.number)}{' train' if line.dashed else ''}"
    drawn, begun = [], False
    for x, y in line.points:
        if isfinite(y):
            drawn.append(f"{'L' if begun else 'M'}{across.at(x):.1f} {up.at(y):.1f}")
        begun = isfinite(y)
    dot = "h.01" if len(drawn) == 1 else ""
    return f'<path class="line {looks}{" dot" if dot else ""}" d="{"".join(drawn)}{dot}"/>'


def _ends(found: Sequence[Line], across: _Scale, up: _Scale) -> Iterator[str]:
    """Each run's number where its line ends, moved where two would meet."""
    last: dict[int, Point] = {}
    for line in found:  # validation comes after training, and is what counts
        finite = [point for point in line.points if isfinite(point[1])]
        if finite:
            last[line.number] = finite[-1]
    put: list[Point] = []
    for number, (x, y) in sorted(last.items(), key=lambda each: up.at(each[1][1])):
        left, top = across.at(x) + 5, up.at(y)
        for other, taken in sorted(put, key=lambda each: each[1]):
            if abs(left - other) < _APART and abs(top - taken) < _APART:
                top = taken + _APART
        put.append((left, top))
        yield f'<text class="number {look(number)}" x="{left:.1f}" y="{top:.1f}" dy="4">{number}</text>'


def look(number: int) -> str:
    """The class of a run's colour: where there are more runs than colours, their numbers tell them apart."""
    return f"c{(number - 1) % len(COLOURS)}"


def _fewer(points: list[Point]) -> list[Point]:
    """At most so many points that each can be seen, the last always."""
    step = ceil(len(points) / _POINTS)
    return points if step == 1 else [*points[:-1:step], points[-1]]
