"""What of two nets is seen: the changes and what stands beside them; the rest in runs, however deep the nets are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from netspec.diff import words
from netspec.diff.change import Diff
from netspec.diff.union import Token, Union, Unit, Wire, sorted_wires

ENOUGH = 14  # cards of which none is left out
MOST = 36  # cards that are seen at a glance, runs apart
ALIKE = 2  # layers with one and the same change that are shown where there are too many
ENDS = 4  # inputs and outputs that are shown although nothing about them changed


@dataclass(frozen=True)
class Shown:
    """A card: one unit, or a run of several that are not told one by one."""

    units: tuple[Unit, ...]

    @property
    def lead(self) -> Token:
        """What stands for it."""
        return self.units[0].tokens[0]

    @property
    def is_run(self) -> bool:
        """Whether it stands for several."""
        return len(self.units) > 1


class Sight:
    """The cards, each after those that it takes from, and the wires between them."""

    def __init__(self, diff: Diff):
        self.diff = diff
        self.union = Union(diff)
        self.home = {token: unit.tokens[0] for unit in self.union.units for token in unit.tokens}
        self.units = {unit.tokens[0]: unit for unit in self.union.units}
        self.runs = {lead: run[0] for run in self._runs() for lead in run}
        self.at = {token: self.runs.get(lead, lead) for token, lead in self.home.items()}

    @cached_property
    def shown(self) -> list[Shown]:
        """The cards in order."""
        inside: dict[Token, list[Unit]] = {}
        for lead, unit in self.units.items():
            inside.setdefault(self.runs.get(lead, lead), []).append(unit)
        order = sorted_wires(self.union.order, self.union.forward, self.at)
        return [Shown(tuple(inside[lead])) for lead in order]

    @cached_property
    def wires(self) -> dict[Wire, str]:
        """The wires between cards: one that is as it was goes before others between the same two."""
        found: dict[Wire, str] = {}
        for (tail, head), kind in self.union.wires.items():
            wire = self.at[tail], self.at[head]
            if wire[0] != wire[1] and (wire not in found or kind == "same"):
                found[wire] = kind
        return found

    @cached_property
    def _near(self) -> dict[Token, set[Token]]:
        """For each unit, those that it has a wire to or from."""
        near: dict[Token, set[Token]] = {lead: set() for lead in self.units}
        for tail, head in self.union.wires:
            one, other = self.home[tail], self.home[head]
            if one != other:
                near[one].add(other)
                near[other].add(one)
        return near

    def _seen(self) -> set[Token]:
        """The units that are told one by one."""
        if len(self.units) <= ENOUGH:
            return set(self.units)
        changed = {lead for lead, unit in self.units.items() if unit.is_changed}
        for fewer in (self._without_alike, self._without_inner, self._first):
            if len(self._with_neighbours(changed)) <= MOST:
                break
            changed = fewer(changed)
        return self._with_neighbours(changed)

    def _with_neighbours(self, changed: set[Token]) -> set[Token]:
        beside = {each for lead in changed for each in self._near[lead] if not self.units[each].is_changed}
        return changed | beside | self._ends()

    def _ends(self) -> set[Token]:
        b = self.diff.b
        ends = [*list(b.inputs)[:ENDS], *[ref.name for ref in b.outputs][:ENDS]]
        found = {self.home[1, name] for name in ends}
        return {lead for lead in found if len(self.units[lead].tokens) == 1}

    def _without_alike(self, changed: set[Token]) -> set[Token]:
        """Of layers with one and the same change, the first few."""
        left: set[Token] = set()
        for row in words.rows(change for change in self.diff.changes if not change.block):
            for change in row.changes[ALIKE:]:
                left |= {self.home[token] for token in ((0, change.name), (1, change.name)) if token in self.home}
            for change in row.changes[:ALIKE]:
                left -= {self.home.get((1, change.name), (1, change.name))}
        return changed - left

    def _without_inner(self, changed: set[Token]) -> set[Token]:
        """What is added or removed, less what stands among its like."""
        kinds = {lead: {each.change for each in unit.changes} for lead, unit in self.units.items()}
        inner = {
            lead
            for lead in changed
            if kinds[lead] in ({"added"}, {"removed"}) and all(kinds[each] == kinds[lead] for each in self._near[lead])
        }
        return changed - inner

    def _first(self, changed: set[Token]) -> set[Token]:
        """As many as are seen at a glance, with what stands beside them."""
        kept: set[Token] = set()
        for lead in sorted(changed, key=self.union.order.__getitem__):
            if len(self._with_neighbours({*kept, lead})) > MOST:
                break
            kept.add(lead)
        return kept

    def _runs(self) -> list[list[Token]]:
        """What is not seen, in runs that hang together: no way leads out of one and back into it."""
        seen = self._seen()
        depth = dict.fromkeys(self.units, 0)
        wires = {(self.home[tail], self.home[head]) for tail, head in self.union.forward}
        before: dict[Token, list[Token]] = {}
        for tail, head in wires:
            if tail != head:
                before.setdefault(head, []).append(tail)
        order = [self.home[token] for token in sorted_wires(self.union.order, self.union.forward, self.home)]
        for lead in order:
            ways = (depth[tail] + (tail in seen or lead in seen) for tail in before.get(lead, ()))
            depth[lead] = max(ways, default=0)
        joined = _Joined(lead for lead in order if lead not in seen)
        for head in order:
            for tail in before.get(head, ()):
                if not {tail, head} & seen and depth[tail] == depth[head]:
                    joined.join(tail, head)
        return joined.groups()


class _Joined:
    """Things that hang together."""

    def __init__(self, things: Iterable[Token]):
        self.up = {thing: thing for thing in things}

    def top(self, thing: Token) -> Token:
        """What stands for all that hangs together with it."""
        while self.up[thing] != thing:
            self.up[thing] = self.up[self.up[thing]]
            thing = self.up[thing]
        return thing

    def join(self, one: Token, other: Token) -> None:
        """Let two hang together."""
        self.up[self.top(other)] = self.top(one)

    def groups(self) -> list[list[Token]]:
        """All of them, in order."""
        found: dict[Token, list[Token]] = {}
        for thing in self.up:
            found.setdefault(self.top(thing), []).append(thing)
        return list(found.values())
