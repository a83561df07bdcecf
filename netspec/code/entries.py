"""Entries of ``layers`` as statements, as their author wrote them: names, conditions and expressions stay."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netspec.code.body import Assign, Loop, Merged, Statement, When
from netspec.code.calls import Wired, call, outputs
from netspec.code.expressions import Unfaithful, filled, holds, pieces, whole
from netspec.code.tree import Call, Text, Tree, Value, quoted, sequence
from netspec.code.values import constant, frozen_after
from netspec.graph.scope import Scope as Numbers
from netspec.layers import LAYERS, Layer
from netspec.parts.term import snake
from netspec.source import Loc
from netspec.spec.reading import Reading

if TYPE_CHECKING:
    from netspec.code.module import Module


class Known(dict[str, "str | Value"]):
    """What expressions may speak of; a var of the spec is noted when one does."""

    def __init__(self, module: Module, own: Mapping[str, str | Value], spec: dict[str, str]):
        super().__init__(own)
        self.module, self.spec = module, spec

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            return self[name]
        if name in self.module.vars:
            return self.spec.setdefault(name, self.module.variable(name))
        return default


class Entries:
    """Goes down a list of entries, and keeps what stands above.

    ``prefix`` stands before the names of its layers: ``""``, or ``"{name}."`` in the function of a block.
    """

    def __init__(self, module: Module, raw: list[Any], loc: Loc, prefix: str, given: dict[str, list[Value]]):
        self.module, self.loc, self.prefix = module, loc, prefix
        self.raw = [{"type": each} if isinstance(each, str) else each for each in raw]
        self.env: dict[str, list[Value]] = dict(given)
        self.above = [value for values in given.values() for value in values]
        self.statements: list[Statement] = []
        self.layers: dict[str, Value] = {}
        self.shared = {str(each["share"]) for each in self.raw if "share" in each}
        self.known: Mapping[str, str | Value] = {}
        self.own: Mapping[str, str] = {}  # vars that hide those of the spec
        self.has_index = False
        self.numbers = Numbers("", {}, dict.fromkeys(given))
        self.numbers.expect(self.raw)

    def go(self) -> None:
        """All entries, those under one condition together."""
        at = 0
        while at < len(self.raw):
            when = self.raw[at].get("when", True)
            end = at + 1
            while holds(when) and end < len(self.raw) and self.raw[end].get("when", True) == when:
                end += 1
            self.stretch(at, end)
            at = end

    def stretch(self, at: int, end: int) -> None:
        """The entries from one place to another, which stand under one condition if under any."""
        when = self.raw[at].get("when", True)
        if when is True:
            self.statements += self.entry(at)
        elif when is not False:
            self.condition(at, end, when)
        elif "name" in self.raw[at]:
            self.env[self.raw[at]["name"]] = self.passed_on(at, self.env, self.above)

    def condition(self, at: int, end: int, when: Any) -> None:
        """Entries that may be left out; a name then stands for what its entry would have taken."""
        inside = whole(when)
        if inside is None:
            raise Unfaithful
        block = When(Text(tuple(pieces(inside, self.known))), [])
        before, above = dict(self.env), list(self.above)
        absent = dict(self.env)
        for place in range(at, end):
            self.unambiguous(place)
            if self.raw[place].get("name") in self.shared:
                raise Unfaithful
            name = str(self.raw[place].get("name", ""))
            absent[name] = self.passed_on(place, absent, above)
            block.body += self.entry(place)  # type: ignore[arg-type]
        for name in self.env.keys() - before.keys():
            self.env[name] = merged(self.env[name], absent.get(name, []), block)
        self.above = merged(self.above, above, block) if len(self.above) == len(above) else []
        self.statements.append(block)

    def passed_on(self, at: int, env: Mapping[str, list[Value]], above: list[Value]) -> list[Value]:
        """What the name of an entry that is left out stands for."""
        raw = self.raw[at]
        return [value for _, value in self.wired(raw, env)] if "inputs" in raw else above

    def unambiguous(self, at: int) -> None:
        """Check that the numbers of other layers' names do not depend on whether an entry is left out."""
        if "name" not in self.raw[at] and self.stems[self.stem(at)] > 1:
            raise Unfaithful

    @cached_property
    def stems(self) -> Counter[str]:
        """How many entries without a name would be called alike."""
        return Counter(self.stem(at) for at, each in enumerate(self.raw) if "name" not in each)

    def stem(self, at: int) -> str:
        """What an entry without a name is called."""
        raw = self.raw[at]
        return str(raw.get("share") or raw.get("block") or snake(LAYERS.canonical(str(raw.get("type")))))

    def entry(self, at: int) -> list[Statement]:
        """The statements of one entry that is not left out."""
        raw, loc = self.raw[at], (*self.loc, at)
        name = self.local(at)
        takes = self.wired(raw, self.env)
        if "block" in raw:
            made, values = self.use(raw, loc, name, takes)
            self.above = values
        else:
            made, values = self.share(raw, loc, takes) if "share" in raw else self.layer(raw, loc, name, takes)
            self.above = values[:1]
        self.env[name] = values
        said = self.module.comments.of(loc)
        first = next((each for each in made if isinstance(each, Assign | Loop)), None)
        if first:
            assign = first.call if isinstance(first, Loop) else first
            assign.comments, assign.aside = tuple(said.above), said.aside
        return made

    def local(self, at: int) -> str:
        """What an entry is called in its scope."""
        return str(self.raw[at]["name"]) if "name" in self.raw[at] else self.numbers.numbered(self.stem(at))

    def title(self, name: str) -> Tree:
        """The whole name of a layer."""
        if holds(name):
            return filled(name, self.known, self.prefix)
        return Text((f'f"{self.prefix}{name}"',)) if self.prefix else quoted(name)

    def wired(self, raw: Mapping[str, Any], env: Mapping[str, list[Value]]) -> Wired:
        """What an entry takes, each with the argument that it is for."""
        if "inputs" not in raw:
            if not self.above:
                raise Unfaithful
            return [("", value) for value in self.above]
        reading = Reading()
        wires = reading.wires(raw["inputs"])
        if holds(raw["inputs"]) or reading.problems:
            raise Unfaithful
        found = []
        for wire in wires:
            if wire.index >= len(env.get(wire.name, ())):
                raise Unfaithful
            found.append((wire.argument, env[wire.name][wire.index]))
        return found

    def layer(self, raw: Mapping[str, Any], loc: Loc, name: str, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A layer made and called."""
        nodes = self.module.nodes.get(loc, [])
        if holds(raw.get("type")) or any(holds(raw.get(key)) for key in ("trainable", "return_state", "merge_mode")):
            raise Unfaithful
        if not nodes:
            return self.left_out(raw, name, takes)
        guide = nodes[0].layer
        if len({len(node.outputs) for node in nodes}) > 1:
            raise Unfaithful
        making = self.module.writer.layer(guide, self.title(name), {"trainable": True, **raw}, self.known)
        values = outputs(name, len(nodes[0].outputs))
        frozen = frozen_after(guide) if guide.trainable or raw.get("trainable") is False else ()
        more = {key: raw.get(key) for key in guide.calling}
        value = self.called(making, guide, values, takes, name if name in self.shared else "", frozen, more)
        return [value], values

    def left_out(self, raw: Mapping[str, Any], name: str, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A layer whose condition is false wherever it stands."""
        if any(argument for argument, _ in takes) or name in self.shared:
            raise Unfaithful
        making, cls = self.module.writer.unplaced(raw, self.title(name), self.known)
        plain: list[Tree] = [value for _, value in takes]
        many = any(each.kind is each.VAR_POSITIONAL for each in inspect.signature(cls.output).parameters.values())
        if not many and len(plain) > 1:
            raise Unfaithful
        values = outputs(name, 1)
        return [Assign(values, Call(making, (("", sequence(plain) if many else plain[0]),)))], values

    def called(
        self,
        making: Call,
        guide: Layer,
        values: list[Value],
        takes: Wired,
        kept: str = "",
        frozen: tuple[str, ...] = (),
        raw: Mapping[str, Any] | None = None,
    ) -> Assign:
        """A layer's call; it has a variable of its own where it is ``kept`` for another call, or ``frozen`` after."""
        more = tuple(
            (key, self.module.writer.argument(value, (raw or {}).get(key), self.known, False))
            for key, value in guide.calling.items()
        )
        layer = Value(kept or f"{values[0].hint}_layer") if kept or frozen else None
        if kept and layer:
            self.layers[kept] = layer
        code = call(layer or making, guide, takes, more, len(values))
        return Assign(values, code, layer, making, frozen, len(values) > 1)

    def share(self, raw: Mapping[str, Any], loc: Loc, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A layer above, called once more."""
        nodes = self.module.nodes.get(loc, [])
        layer = self.layers.get(str(raw["share"]))
        if layer is None or not nodes or holds(raw["share"]):
            raise Unfaithful
        values = outputs(str(raw.get("name", raw["share"])), len(nodes[0].outputs))
        code = call(layer, nodes[0].layer, takes, (), len(values))
        return [Assign(values, code, is_part=len(values) > 1)], values

    def use(self, raw: Mapping[str, Any], loc: Loc, name: str, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """A block's function called, once or in a loop."""
        if raw.get("as_model", False) is not False or raw.get("trainable", True) is not True or name in self.shared:
            raise Unfaithful
        return self.unrolled(raw, name, takes)

    def unrolled(self, raw: Mapping[str, Any], name: str, takes: Wired) -> tuple[list[Statement], list[Value]]:
        """The rounds of a block."""
        function = self.module.function(str(raw["block"]))
        if len(takes) != len(function.inputs) or not {each for each, _ in takes if each} <= {*function.inputs}:
            raise Unfaithful
        named = dict(takes)
        plain = iter([value for argument, value in takes if not argument])
        begins = [named[each] if each in named else next(plain) for each in function.inputs]
        repeat = raw.get("repeat")
        count = len(function.results)
        if repeat == 0:
            raise Unfaithful
        if repeat is None or repeat == 1:
            title = self.title(name if repeat is None else f"{name}.1")
            values = outputs(name, count)
            return [Assign(values, self.round(function, raw, begins, title, "0"))], values
        if count != len(begins):
            raise Unfaithful
        values, turn = outputs(name, count), Value("step", "" if self.has_index else "index")
        code = self.round(function, raw, values, self.numbered(name, turn), turn)
        return [Loop(turn, self.given(repeat), Assign(values, code), begins)], values

    def numbered(self, name: str, turn: Value) -> Tree:
        """The name of a round."""
        if holds(name):
            raise Unfaithful
        return Text((f'f"{self.prefix}{name}.{{', turn, ' + 1}"'))

    def round(self, function: Any, raw: Mapping[str, Any], takes: list[Value], title: Tree, index: str | Value) -> Call:
        """One call of a block's function."""
        arguments: list[tuple[str, Tree]] = [("", value) for value in takes]
        for var in function.needs:
            known = self.known.get(var)
            if not isinstance(known, str) or var in self.own:
                raise Unfaithful
            arguments.append(("", known))
        given = raw.get("vars", {})
        if not isinstance(given, dict) or not given.keys() <= function.own.keys():
            raise Unfaithful
        arguments += [(function.own[key], self.given(value)) for key, value in given.items()]
        if function.has_index and index != "0":
            arguments.append(("index", index))
        return Call(function.name, (*arguments, ("name", title)))

    def given(self, raw: Any) -> Tree:
        """The value of a var, or how often a block is repeated."""
        if isinstance(raw, list) and holds(raw):
            return sequence([self.given(item) for item in raw], "(")
        if not holds(raw):
            return constant(raw)
        inside = whole(raw)
        return Text(tuple(pieces(inside, self.known))) if inside else filled(raw, self.known)


def merged(made: list[Value], otherwise: list[Value], when: When) -> list[Value]:
    """What a name stands for after a condition; nothing where it would be sometimes more and sometimes less."""
    if len(made) != len(otherwise):
        return []
    return [Merged(*pair, when) for pair in zip(made, otherwise, strict=True)]
