"""The statements of a function, and which variable holds what.

A tensor that only the next statement takes is ``x``; what is taken further down has a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from netspec.code.expressions import Unfaithful
from netspec.code.names import Names
from netspec.code.tree import INDENT, WIDTH, Tree, Value, comment, flat, laid_out, sequence, values_in

CHAIN = "x"


@dataclass
class Assign:
    """A call, and what it makes; ``None`` for a tensor that nothing takes.

    ``layer`` is made by ``making`` first, to be called now and once more; ``frozen`` are those of
    its attributes that are to be frozen once it has been called, ``""`` for all of it.
    """

    makes: list[Value]
    code: Tree
    layer: Value | None = None
    making: Tree = ""
    frozen: tuple[str, ...] = ()
    is_part: bool = False  # whether only the first of what is made is taken, out of several
    comments: tuple[str, ...] = ()
    aside: str = ""


@dataclass
class Loop:
    """A call that takes what it made the round before."""

    turn: Value
    count: Tree
    call: Assign
    begins: list[Value]


@dataclass
class When:
    """Statements under a condition, and for what they make what stands for it otherwise."""

    test: Tree
    body: list[Assign | Loop]
    otherwise: dict[Value, Value] = field(default_factory=dict)


@dataclass
class Given:
    """A line that makes no tensor: a var's default that has to be worked out."""

    lines: list[tuple[str, Tree]]
    comments: tuple[str, ...] = ()


Statement = Assign | Loop | When | Given


class Merged(Value):
    """What a name stands for after a condition: what was made under it, or what stands for it otherwise."""

    def __init__(self, made: Value, otherwise: Value, when: When):
        super().__init__(made.hint)
        self.made, self.otherwise, self.when = made, otherwise, when


def calls(statements: Sequence[Statement]) -> Iterator[Assign | Loop]:
    """The statements that make tensors, in order."""
    for each in statements:
        if isinstance(each, When):
            yield from calls(each.body)
        elif not isinstance(each, Given):
            yield each


class Body:
    """A function's statements, and the tensors that it is given and hands out."""

    def __init__(self, given: list[Value], statements: list[Statement], results: list[Value]):
        self.given, self.statements, self.results = given, statements, results
        self.made: dict[Value, int] = dict.fromkeys(given, -1)
        self.uses: dict[Value, list[int]] = {}
        self.layers: list[Value] = []
        self._merge()
        self._learn()

    def _merge(self) -> None:
        """Let what is made under a condition, and what a name stands for after it, be one variable."""
        waiting = [value for value in self._read() if isinstance(value, Merged)]
        seen: set[Value] = set()
        while waiting:
            merged = waiting.pop()
            if merged in seen:
                continue
            seen.add(merged)
            known = merged.when.otherwise.setdefault(merged.made, merged.otherwise)
            if known is not merged.otherwise:
                raise Unfaithful
            if isinstance(merged.otherwise, Merged):
                waiting.append(merged.otherwise)

    def _read(self) -> Iterator[Value]:
        yield from self.results
        for each in self.statements:
            if isinstance(each, When):
                yield from values_in(each.test)
        for each in calls(self.statements):
            yield from _reads(each)

    def _learn(self) -> None:
        """Where each tensor is made, and where it is taken."""
        place = 0
        for each in self.statements:
            if isinstance(each, Given):
                for _, tree in each.lines:
                    self._taken(values_in(tree), place)
                continue
            first = place
            if isinstance(each, When):
                self._taken(values_in(each.test), first)
            for call in calls([each]):
                self._taken(_reads(call), place)
                if isinstance(call, Loop):  # every round reads it, also after another has been made
                    self._taken([each for each in _reads(call) if each not in call.begins], place + 2)
                assign = call.call if isinstance(call, Loop) else call
                self.made |= dict.fromkeys(assign.makes, place)
                if assign.layer:
                    self.layers.append(assign.layer)
                place += 1
            if isinstance(each, When):
                for made, otherwise in each.otherwise.items():
                    self._taken([otherwise], first)
                    if self.made[made] == place - 1:
                        continue
                    self.uses.setdefault(made, []).append(place + 1)  # it lasts beyond the condition
        self._taken(self.results, place)

    def _taken(self, values: Iterator[Value] | list[Value], place: int) -> None:
        for value in values:
            self.uses.setdefault(_made(value), []).append(place)

    def name(self, names: Names) -> None:
        """Give every variable its name."""
        alone = {
            value
            for value, place in self.made.items()
            if all(use == place + 1 for use in self.uses.get(value, ())) and not value.variable
        }
        for value in self.layers:
            value.variable = value.variable or names.new(value.hint)
        for each in calls(self.statements):
            makes = (each.call if isinstance(each, Loop) else each).makes
            if len(makes) > 1:
                alone -= set(makes)
            if isinstance(each, Loop):
                each.turn.variable = each.turn.variable or names.new(each.turn.hint)
        for several in (self.given, self.results):
            if len(several) > 1:
                alone -= set(map(_made, several))
        called = {value.variable for value in self.layers}
        for value in self.made:
            if value.hint in called:
                value.hint += "_output"
            if not value.variable:
                value.variable = CHAIN if value in alone else names.new(value.hint)
        for value in [*self._read(), *self._begun()]:
            self._settle(value)

    def _begun(self) -> Iterator[Value]:
        for each in self.statements:
            if isinstance(each, When):
                yield from each.otherwise.values()
                yield from values_in(each.test)

    def _settle(self, value: Value) -> None:
        if isinstance(value, Merged):
            value.variable = _made(value).variable

    def lines(self, indent: str) -> list[str]:
        """The statements as text; every variable has its name."""
        return [line for each in self.statements for line in self._lines(each, indent)]

    def _lines(self, each: Statement, indent: str) -> Iterator[str]:
        if isinstance(each, Given):
            yield from comment(each.comments, indent)
            for head, tree in each.lines:
                yield from laid_out(head.lstrip(), tree, indent=indent + (INDENT if head.startswith(" ") else ""))
        elif isinstance(each, Assign):
            yield from self._assigned(each, indent)
        elif isinstance(each, Loop):
            yield from _commented(each.call, indent)
            for made, begins in zip(each.call.makes, each.begins, strict=True):
                if made.variable != begins.variable:
                    yield f"{indent}{made.variable} = {begins.variable}"
            yield f"{indent}for {each.turn.variable} in range({flat(each.count)}):"
            yield from self._targets(each.call, indent + INDENT)
        else:
            yield from self._conditional(each, indent)

    def _conditional(self, each: When, indent: str) -> Iterator[str]:
        yield f"{indent}if {flat(each.test)}:"
        for inner in each.body:
            yield from self._lines(inner, indent + INDENT)
        others = [
            f"{indent}{INDENT}{made.variable} = {_made(other).variable}"
            for made, other in each.otherwise.items()
            if made.variable != _made(other).variable
        ]
        if others:
            yield from (f"{indent}else:", *others)

    def _assigned(self, each: Assign, indent: str) -> Iterator[str]:
        lines = list(self._targets(each, indent))
        if each.aside and len(lines) == 1 and len(lines[0]) + len(each.aside) + 4 <= WIDTH:
            lines[0] += "  " + comment([each.aside])[0]
            yield from comment(each.comments, indent)
        else:
            yield from _commented(each, indent)
        yield from lines

    def _targets(self, each: Assign, indent: str) -> Iterator[str]:
        if each.layer:
            yield from laid_out(f"{each.layer.variable} = ", each.making, indent=indent)
        used = [value for value in each.makes if self.uses.get(value)]
        if each.is_part and each.makes[0] in used and len(used) == 1:
            targets, tail = used[0].variable, "[0]"
        else:
            last = max((at for at, value in enumerate(each.makes) if value in used), default=0)
            names = [value.variable if value in used or len(each.makes) == 1 else "_" for value in each.makes]
            rest = len(names) - last - 1
            targets = ", ".join(names[: last + 1] + (["*_"] if rest > 1 else ["_"] * rest))
            tail = ""
        lines = laid_out(f"{targets} = ", each.code, tail, indent)
        if len(lines[0]) > WIDTH and len(each.makes) > 1:
            yield from laid_out("", sequence(list(targets.split(", ")), "("), " = @", indent)[:-1]
            lines = laid_out(") = ", each.code, tail, indent)
        yield from lines
        if each.layer:
            for path in each.frozen:
                yield f"{indent}{each.layer.variable}{path}.trainable = False"


def _commented(each: Assign, indent: str) -> Iterator[str]:
    texts = (*each.comments, each.aside) if each.aside else each.comments
    yield from comment(texts, indent)


def _made(value: Value) -> Value:
    """The value whose variable holds it."""
    while isinstance(value, Merged):
        value = value.made
    return value


def _reads(each: Assign | Loop) -> Iterator[Value]:
    """The variables that a statement takes; a loop also what it made itself, which is no use from outside."""
    if isinstance(each, Loop):
        yield from each.begins
        yield from values_in(each.count)
        own = {*each.call.makes, each.turn}
        yield from (value for value in values_in(each.call.code) if value not in own)
    else:
        yield from values_in(each.code)
        yield from values_in(each.making)
