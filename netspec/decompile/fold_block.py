"""A template to the block's table and the rows that use it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.decompile.fold_names import block_name, is_automatic, shared, slot_names, stem, unique, use_name
from netspec.decompile.fold_rows import Row, arguments, entry, stated
from netspec.decompile.fold_template import Source, Template
from netspec.decompile.fold_values import (
    ABSENT,
    Hole,
    Param,
    Told,
    filled,
    merged,
    params_of,
    parted,
    told,
    usual,
)
from netspec.decompile.fold_when import conditions
from netspec.graph import Graph, Ref

LEAK = 4  # lines that a tensor taken from within a block is worth
_RESERVED = (
    "index",
    "min",
    "max",
    "abs",
    "round",
    "int",
    "len",
    "true",
    "false",
    "and",
    "or",
    "not",
    "if",
    "else",
    "in",
)


@dataclass(frozen=True)
class Fold:
    """A block, and the rows that use it, each in the place of the rows ``spans`` tells.

    ``saved`` is in lines; ``odd`` is what it costs the reader beside: names lost, several tensors to follow.
    """

    name: str
    table: dict[str, Any]
    uses: tuple[Row, ...]
    spans: tuple[tuple[int, int], ...]
    saved: int
    odd: int


def fold(rows: Sequence[Row], template: Template, graph: Graph, blocks: Collection[str], away: set[Ref]) -> Fold:
    """The block of ``template``; ``away`` are the tensors that rows outside of their stretch take."""
    return _Folding(rows, template, graph, blocks, away).fold()


class _Folding:
    def __init__(self, rows: Sequence[Row], template: Template, graph: Graph, blocks: Collection[str], away: set[Ref]):
        self.rows, self.template, self.graph, self.away = rows, template, graph, away
        firsts = [next(place for place in places if place is not None) for places in template.places]
        self.slots = [rows[at] for at in firsts]  # a row for each slot
        self.name = unique(block_name(self.slots), blocks)
        self.inputs = ["input", *(f"input{at}" for at in range(2, template.entries + 1))]
        self.names = slot_names(rows, template.places, (*self.inputs, *_RESERVED))
        self.vars: dict[str, Mapping[int, Any]] = {}
        self.above = self.taking_above()

    def fold(self) -> Fold:
        holes: list[Hole] = []
        args = [self.args(slot, holes) for slot in range(len(self.slots))]
        channels = [self.channels(each.entries[0]) for each in self.template.stretches]
        params, follow = params_of(holes, channels)
        present = {slot: [place is not None for place in self.template.places[slot]] for slot in self.template.optional}
        self.uses = parted(self.template.joined, params, list(present.values()))
        said = [self.told(param) for param in params]
        for hole, (param, text) in zip(holes, follow, strict=True):
            hole.text = f"${{{_within(text, said[params.index(param)].text)}}}"
        whens = self.whens(present, params, said, channels)
        layers = [self.entry(slot, filled(args[slot]), whens.get(slot, "")) for slot in range(len(self.slots))]
        defaults = {name: usual(values) for name, values in self.vars.items()}
        table: dict[str, Any] = {"vars": defaults} if defaults else {}
        if len(self.inputs) > 1:
            table["inputs"] = self.inputs
        table["layers"] = layers
        if self.template.follows:
            table["outputs"] = [self.ref(source) for source in self.template.follows]
        uses = tuple(self.use(at, use, defaults) for at, use in enumerate(self.uses))
        stretches = self.template.stretches
        spans = tuple((stretches[use[0]].start, stretches[use[-1]].stop) for use in self.uses)
        covered = sum(stop - start for start, stop in spans)
        lines = len(layers) + 3 + len(table) + sum(1 + len(str(use.args)) // 90 for use in uses)
        odd = sum(self.oddity(slot) for slot in range(len(layers))) + (self.template.entries - 1) * covered // 8
        return Fold(self.name, table, uses, spans, covered - lines, odd)

    def oddity(self, slot: int) -> int:
        """What a slot costs the reader: names of which nothing is left, tensors that are taken from within."""
        rows = [self.rows[place] for place in self.template.places[slot] if place is not None]
        is_lost = self.names[slot].startswith(stem(rows[0])) and not any(is_automatic(row) for row in rows)
        is_handed_on = any(source.slot == slot for source in self.template.follows or ())
        leaks = not is_handed_on and any(ref in self.away for row in rows for ref in row.said)
        return is_lost + LEAK * leaks

    def channels(self, ref: Ref) -> int | None:
        shape = self.graph.tensor(ref).shape
        return shape[-1] if len(shape) > 1 else None

    def args(self, slot: int, holes: list[Hole]) -> dict[str, Any]:
        """A slot's arguments, with holes where the rounds differ."""
        here = [None if place is None else self.rows[place] for place in self.template.places[slot]]
        stated_keys = {key: None for row in here if row for key in row.args}
        keys = [key for key in arguments(str(self.slots[slot].kind[0])) if key in stated_keys]
        keys += [key for key in stated_keys if key not in keys]
        made = {}
        for key in keys:
            values = [ABSENT if row is None else stated(row, key) for row in here]
            made[key] = merged(key, self.names[slot], values, holes)
        return made

    def told(self, param: Param) -> Told:
        """How a param is told; its var is noted, under a name that no other has."""
        name = param.name if param.name.isidentifier() else "value"
        first = told(param, name, self.uses)
        if not first.var:
            return first
        taken = {*self.vars, *self.inputs, *_RESERVED}
        made = first
        if first.var in taken:
            same = self.vars.get(first.var)
            if same is not None and first.values is not None and str(same) == str(first.values):
                return first
            better = f"{param.slot}_{first.var}"
            var = unique(better if better.isidentifier() and param.slot else first.var, taken)
            made = Told(first.text.replace(first.var, var, 1) if first.text.startswith(first.var) else first.text, var)
            made.values = first.values
        assert made.values is not None
        self.vars[made.var] = made.values
        return made

    def whens(
        self,
        present: Mapping[int, list[bool]],
        params: Sequence[Param],
        said: Sequence[Told],
        channels: Sequence[int | None],
    ) -> dict[int, str]:
        """The condition under which each optional slot is there."""
        made: dict[int, str] = {}
        known: dict[tuple[bool, ...], str] = {}
        for slot, pattern in present.items():
            key = tuple(pattern)
            if key not in known:
                asked = conditions(self.uses, self.vars, params, said, channels)
                known[key] = next((text for text, holds in asked if holds == pattern), "")
            if not known[key]:
                known[key] = self.told(Param(f"has_{self.names[slot]}", "", pattern)).text
            made[slot] = f"${{{known[key]}}}"
        return made

    def entry(self, slot: int, args: dict[str, Any], when: str) -> Any:
        """A slot as the block has it."""
        refs = None if self.above[slot] else [self.ref(source) for source in self.template.wiring[slot]]
        row = self.slots[slot]
        made = entry(row, self.names[slot] if self.is_named(slot) else "", args, refs)
        if not when:
            return made
        table = made if isinstance(made, dict) else {"type": made}
        head = {key: table[key] for key in ("name", "type", "block", "inputs") if key in table}
        return {**head, "when": when, **{key: value for key, value in table.items() if key not in head}}

    def is_named(self, slot: int) -> bool:
        """Whether a slot needs a name: somebody chose it, or something refers to it."""
        rows = [self.rows[place] for place in self.template.places[slot] if place is not None]
        chosen = not all(is_automatic(row) for row in rows)
        return chosen or slot in self.spoken() or any(ref in self.away for row in rows for ref in row.said)

    def spoken(self) -> set[int]:
        """The slots that are referred to by name."""
        sources = [source for slot, each in enumerate(self.template.wiring) if not self.above[slot] for source in each]
        return {source.slot for source in (*sources, *(self.template.follows or ()))}

    def taking_above(self) -> list[bool]:
        """Which slots need not say what they take.

        One that may be left out, and whose name then stands for what it would have taken, has to.
        """
        self.above = [self.is_above(slot) for slot in range(len(self.slots))]
        while told := {slot for slot in self.spoken() if slot >= 0 and self.above[slot]} & set(self.template.optional):
            self.above = [each and slot not in told for slot, each in enumerate(self.above)]
        return self.above

    def is_above(self, slot: int) -> bool:
        """Whether a slot takes, in every round, what leaves the row above it."""
        row = self.slots[slot]
        if len(row.wires) != 1 or row.wires[0][0]:
            return False
        for at, place in enumerate(self.template.places[slot]):
            if place is None:
                continue
            stretch = self.template.stretches[at]
            above = self.rows[place - 1].leaving if place > stretch.start else stretch.entries
            if tuple(ref for _, ref in self.rows[place].wires) != above:
                return False
        return True

    def ref(self, source: Source) -> str:
        """A source as the block's rows refer to it."""
        return self.inputs[-1 - source.slot] if source.slot < 0 else f"{self.names[source.slot]}{source.said}"

    def use(self, at: int, use: range, defaults: Mapping[str, Any]) -> Row:
        """The row that stands for some rounds."""
        stretches = [self.template.stretches[each] for each in use]
        repeat = {"repeat": len(use)} if len(use) > 1 else {}
        said: dict[Ref, str] = {}
        for number, each in enumerate(use, start=1):
            for slot, places in enumerate(self.template.places):
                if (place := places[each]) is not None:
                    path = f".{number}.{self.names[slot]}" if repeat else f".{self.names[slot]}"
                    said |= {ref: f"{path}{suffix}" for ref, suffix in self.rows[place].said.items()}
        leaving = self.leaving(use[-1])
        said |= {ref: f":{index}" if index else "" for index, ref in reversed(list(enumerate(leaving)))}
        nodes = tuple(name for each in stretches for row in self.rows[each.start : each.stop] for name in row.nodes)
        values = {name: self.vars[name].get(at, defaults[name]) for name in self.vars}
        return Row(
            nodes=nodes,
            kind=("block", self.name, bool(repeat), len(leaving)),
            args={**repeat, "vars": values},
            wires=tuple(("", ref) for ref in stretches[0].entries),
            said=said,
            leaving=leaving,
            name=use_name(nodes, self.name) if len(shared(nodes)) or not self.all_automatic(nodes) else self.name,
        )

    def all_automatic(self, nodes: Sequence[str]) -> bool:
        places = [place for places in self.template.places for place in places if place is not None]
        mine = set(nodes)
        return all(is_automatic(self.rows[place]) for place in places if mine & set(self.rows[place].nodes))

    def leaving(self, at: int) -> tuple[Ref, ...]:
        """What leaves a round."""
        stretch = self.template.stretches[at]
        if not self.template.follows:
            return self.rows[stretch.stop - 1].leaving
        return tuple(self.actual(source, at) for source in self.template.follows)

    def actual(self, source: Source, at: int) -> Ref:
        """The tensor that a source is in a round."""
        while source.slot >= 0 and self.template.places[source.slot][at] is None:
            source = self.template.wiring[source.slot][0]
        if source.slot < 0:
            return self.template.stretches[at].entries[-1 - source.slot]
        row = self.rows[self.template.places[source.slot][at] or 0]
        return next(ref for ref, said in row.said.items() if said == source.said)


def _within(text: str, inner: str) -> str:
    """An expression put into another."""
    if text == "{}":
        return inner
    return text.format(inner if re.fullmatch(r"\w+(\[index\])?", inner) else f"({inner})")
