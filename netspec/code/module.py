"""The parts of a module: imports, the functions of blocks, the function that builds the model, and training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from netspec.code.body import CHAIN, Assign, Body
from netspec.code.comments import Comments
from netspec.code.expressions import Unfaithful, holds, spoken_of
from netspec.code.functions import Function, header
from netspec.code.names import Names
from netspec.code.network import Network
from netspec.code.rows import Rows, alone
from netspec.code.training import training
from netspec.code.tree import INDENT, Call, Tree, Value, comment, docstring, flat, laid_out, quoted, sequence
from netspec.code.values import Writer, constant
from netspec.graph import Graph, Node
from netspec.source import Loc


class Module:
    """What all functions of the code share: names, comments, and the document that the graph was read from.

    The graph alone is written, row by row, where ``flat``; ``document`` may be empty then.
    """

    def __init__(self, graph: Graph, document: Mapping[str, Any], open: set[int], flat: bool):
        self.graph, self.document, self.open, self.flat = graph, document, open, flat
        self.writer = Writer()
        self.vars: dict[str, Any] = dict(document.get("vars", {}))
        self.blocks: dict[str, Any] = dict(document.get("blocks", {}))
        names = Names()
        self.functions: dict[str, Function] = {}
        self.unfit: set[str] = set()
        self.titles = {block: names.new(block) for block in self.blocks}
        self.names = frozenset(names.taken)
        self.variables = {var: names.new(var) for var in self.vars}
        self.nodes: dict[Loc, list[Node]] = {}
        for node in graph:
            self.nodes.setdefault(node.loc, []).append(node)
        self.comments = Comments(graph.source, self._rows()) if graph.source and document else Comments.none()

    def _rows(self) -> Iterator[Loc]:
        """Everything in the document beside which a comment may stand."""
        for key in ("name", "description", "outputs", "layers"):
            if key in self.document:
                yield (key,)
        for table in ("vars", "inputs", "data", "train"):
            if isinstance(self.document.get(table), dict):
                yield (table,)
                yield from ((table, key) for key in self.document[table])
        yield from (("layers", at) for at in range(len(self.document["layers"])))
        for block, table in self.blocks.items():
            yield ("blocks", block)
            yield from (("blocks", block, "vars", var) for var in table.get("vars", {}))
            yield from (("blocks", block, "layers", at) for at in range(len(table["layers"])))

    def variable(self, var: str) -> str:
        """What a var of the spec is called."""
        return self.variables[var]

    @cached_property
    def passed(self) -> Mapping[str, set[str]]:
        """The vars that some entry gives to each block."""
        found: dict[str, set[str]] = {block: set() for block in self.blocks}
        for raw in (self.document["layers"], *(table["layers"] for table in self.blocks.values())):
            for each in raw:
                if isinstance(each, dict) and isinstance(each.get("vars"), dict):
                    found.get(str(each.get("block")), set()).update(each["vars"])
        return found

    def function(self, block: str) -> Function:
        """The function of a block; ``Unfaithful`` where it cannot be one."""
        if block not in self.blocks or block in self.unfit:
            raise Unfaithful
        if block not in self.functions:
            self.unfit.add(block)  # until it is made: it may not use itself
            self.functions[block] = Function(self, block, self.blocks[block], self.titles[block])
            self.functions[block].write()
            self.unfit.discard(block)
        return self.functions[block]

    def text(self) -> str:
        """The whole module."""
        given = {name: Value(name) for name in self.graph.inputs}
        names = Names((*self.names, *self.variables.values()))
        inputs = [Assign([value], self.input(name)) for name, value in given.items()]
        for value, each, name in zip(given.values(), inputs, given, strict=True):
            value.variable = names.new(name if name != CHAIN else "inputs")
            said = self.comments.of(("inputs", name))
            each.comments, each.aside = tuple(said.above), said.aside
        if not self.flat:
            net = Network(self, self.graph, self.document["layers"], self.open, {k: [v] for k, v in given.items()})
            net.go()
            statements, results = net.statements, net.results(self.document.get("outputs"))
            needs, frozen = net.needs, net.frozen
        else:
            rows = Rows(self, self.graph)
            rows.refs |= {ref: given[ref.name] for ref in rows.of_inputs()}
            statements = rows.rows(tuple(self.graph.nodes))
            results, needs, frozen = [rows.tensor(ref) for ref in self.graph.outputs], {}, []
        body = Body([], [*inputs, *statements], results)
        body.name(names)
        build = self.build(body, list(given.values()), results, needs, frozen)
        functions = [function.lines for function in self.functions.values()]
        parts = [self.top(), *functions, build, *training(self)]
        parts += [comment(rest)] if (rest := self.comments.rest()) else []
        parts.append(self.end())
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def top(self) -> list[str]:
        """The docstring, what the spec says before all, and the imports."""
        text = self.graph.name if not self.graph.description else f"{self.graph.name}: {self.graph.description}"
        said = [*self.comments.head]
        for key in ("name", "description", "vars", "inputs", "layers", "outputs"):
            found = self.comments.of((key,))
            said += [*found.above, *found.beside]
        lines = docstring(text)
        if said:
            lines += ["", *comment(said)]
        modules = sorted({"layers", *self.writer.modules})
        return [*lines, "", "import keras", f"from keras import {', '.join(modules)}"]

    def input(self, name: str) -> Call:
        """An input of the model."""
        tensor = self.graph.inputs[name].tensor
        said = self.document.get("inputs", {}).get(name)
        said = said.get("shape") if isinstance(said, dict) else said
        shape: list[Tree] = [repr(dim) for dim in tensor.shape[1:]]
        dtype = (("dtype", quoted(tensor.dtype)),) if tensor.dtype != "float32" else ()
        return Call("keras.Input", (("", sequence(shape, "(")), *dtype, ("name", quoted(name))))

    def build(
        self, body: Body, inputs: list[Value], results: list[Value], needs: Mapping[str, str], frozen: list[str]
    ) -> list[str]:
        """The function that builds the model."""
        parameters, above = self.parameters(needs)
        making = Call("keras.Model", (("", alone(inputs)), ("", alone(results)), ("name", quoted(self.graph.name))))
        lines = [*header("build", parameters, " -> keras.Model"), *above, *body.lines(INDENT)]
        if not frozen:
            return [*lines, *laid_out("return ", making, indent=INDENT)]
        lines += laid_out("model = ", making, indent=INDENT)
        names = ", ".join(quoted(f"{name}.") for name in frozen)
        begins = names if len(frozen) == 1 else f"({names})"
        lines += [f"{INDENT}for layer in model.layers:", f"{INDENT * 2}if layer.name.startswith({begins}):"]
        return [*lines, f"{INDENT * 3}layer.trainable = False", f"{INDENT}return model"]

    def parameters(self, needs: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """The vars of the spec that the net needs: parameters, or fixed where rows have been written out with them."""
        wanted, fixed = set(needs), self.fixed()
        for var in reversed(self.vars):
            if var in wanted:
                wanted |= spoken_of(self.vars[var])
        parameters, above = [], []
        for var, raw in self.vars.items():
            if var not in wanted:
                continue
            name, said = self.variables[var], self.comments.of(("vars", var))
            lines = comment((*said.above, *said.beside), INDENT)
            value = self.settled(raw)
            if var in fixed:
                above += [*lines, f"{INDENT}{name} = {value}"]
            elif holds(raw):
                parameters.append(f"{name}=None")
                above += [*lines, f"{INDENT}if {name} is None:", f"{INDENT * 2}{name} = {value}"]
            else:
                parameters.append(f"{name}={value}")
                above += lines
        return parameters, above

    def settled(self, raw: Any) -> str:
        """A var's value, or the expression that it is."""
        from netspec.code.entries import Entries, Known

        net = Entries(self, [], (), "", {})
        net.known = Known(self, {}, {})
        return flat(net.given(raw) if holds(raw) else constant(raw))

    def fixed(self) -> set[str]:
        """The vars that are spoken of where expressions have been worked out."""
        written = [self.document["layers"][at] for at in self.open]
        found: set[str] = set()
        waiting = [each for each in written if isinstance(each, dict)]
        seen: set[str] = set()
        while waiting:
            raw = waiting.pop()
            found |= spoken_of(raw)
            block = raw.get("block")
            if block in self.blocks and block not in seen:
                seen.add(block)
                found |= spoken_of(self.blocks[block])
                waiting += [each for each in self.blocks[block]["layers"] if isinstance(each, dict)]
        for key in ("name", "inputs", "outputs"):
            found |= spoken_of(self.document.get(key))
        if found & {name for block in seen for name in self.blocks[block].get("inputs", ["input"])}:
            return set(self.vars)  # a shape was read, and any var may have made it
        for var in reversed(self.vars):
            if var in found:
                found |= spoken_of(self.vars[var])
        return found

    def end(self) -> list[str]:
        """What the module does when it is run."""
        return ['if __name__ == "__main__":', f"{INDENT}build().summary()"]
