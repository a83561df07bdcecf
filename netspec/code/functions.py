"""A block as a function: its inputs, the vars of the spec that it needs, its own vars, and the name of its use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netspec.code.body import Body, Given
from netspec.code.entries import Entries, Known
from netspec.code.expressions import Unfaithful, holds, spoken_of
from netspec.code.names import Names
from netspec.code.tree import INDENT, WIDTH, Tree, Value, comment, flat, quoted, sequence
from netspec.source import Loc
from netspec.spec.reading import Reading

if TYPE_CHECKING:
    from netspec.code.module import Module


class Function(Entries):
    """The function of a block; ``Unfaithful`` where a part of it cannot be said in one."""

    def __init__(self, module: Module, block: str, table: dict[str, Any], name: str):
        self.lines: list[str] = []
        self.inputs = [str(each) for each in table.get("inputs", ["input"])]
        self.block, self.name = block, name
        self.block_loc: Loc = ("blocks", block)
        given = {each: [Value("inputs" if each in ("input", "x") else each)] for each in self.inputs}
        super().__init__(module, table["layers"], (*self.block_loc, "layers"), "{name}.", given)
        self.vars = dict(table.get("vars", {}))
        self.needs: dict[str, str] = {}
        self.names = Names((*module.names, *(each for var, each in module.variables.items() if var not in self.vars)))
        self.own = {var: self.names.new(var) for var in self.vars}
        self.has_index = "index" in spoken_of([self.raw, list(self.vars.values())])
        tensors = {each: values[0] for each, values in given.items()}
        self.known = Known(module, {**tensors, **self.own, "index": "index"}, self.needs)
        self.passed = module.passed[block]
        self.statements += self.defaults()
        self.go()
        self.results = self.handed_out(table)
        inputs = [values[0] for values in given.values()]
        self.body = Body(inputs, self.statements, self.results)
        self.body.name(self.names)
        self.parameters = [each.variable for each in inputs]

    def defaults(self) -> Iterator[Given]:
        """Lines for the vars whose defaults have to be worked out; one may be given in the place of that."""
        read = spoken_of([self.raw, list(self.vars.values())])
        for var, raw in self.vars.items():
            if not holds(raw) or var not in read | self.passed:
                continue
            name, value = self.own[var], self.given(raw)
            said = self.module.comments.of((*self.block_loc, "vars", var))
            lines: list[tuple[str, Tree]] = [(f"{name} = ", value)]
            if var in self.passed:
                lines = [(f"if {name} is None:", ""), (f" {name} = ", value)]
            yield Given(lines, (*said.above, *said.beside))

    def handed_out(self, table: dict[str, Any]) -> list[Value]:
        """What leaves the block."""
        if "outputs" not in table:
            return self.above
        if holds(table["outputs"]):
            raise Unfaithful
        wires = Reading().wires(table["outputs"])
        if any(wire.index >= len(self.env.get(wire.name, ())) for wire in wires):
            raise Unfaithful
        return [self.env[wire.name][wire.index] for wire in wires]

    def write(self) -> None:
        """Write the whole function."""
        if not self.results:
            raise Unfaithful
        said = self.module.comments.of(self.block_loc)
        parameters = [*self.parameters, *self.needs.values()]
        for var, raw in self.vars.items():
            if not holds(raw):
                parameters.append(f"{self.own[var]}={flat(self.given(raw))}")
            elif var in self.passed:
                parameters.append(f"{self.own[var]}=None")
        if self.has_index:
            parameters.append("index=0")
        parameters.append(f"name={quoted(self.block)}")
        above = comment((*said.above, *said.beside))
        last = flat(sequence(list(self.results), "(" if len(self.results) > 1 else "["))[1:-1]
        self.lines = [*above, *header(self.name, parameters), *self.body.lines(INDENT), f"{INDENT}return {last}"]


def header(name: str, parameters: list[str], returns: str = "") -> list[str]:
    """The first lines of a function."""
    line = f"def {name}({', '.join(parameters)}){returns}:"
    if len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *(f"{INDENT}{each}," for each in parameters), f"){returns}:"]
