"""Graph to advice: every rule asked, what its author silenced left out."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow
from netspec.graph import Graph
from netspec.problems import Problem, nearest
from netspec.source import Loc, Place, Source

#: The comment at the end of a line that silences rules on it.
_IGNORE = re.compile(r"#[^\"']*\bnetspec:\s*ignore\[([^\]\"']*)\]\s*$")


@cache
def rules() -> tuple[type[Advice], ...]:
    """Every rule: the leaves of the class tree, by the names of their files."""
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        import_module(f"netspec.advice.{file.stem}")
    return tuple(_leaves(Advice))  # type: ignore[type-abstract]


def _leaves(cls: type[Advice]) -> list[type[Advice]]:
    below = cls.__subclasses__()
    return [leaf for each in below for leaf in _leaves(each)] if below else [cls]


def advise(graph: Graph) -> list[Problem]:
    """Every warning, in the order of the lines; of a block's rounds the first is told."""
    flow = Flow(graph)
    found: dict[tuple[str, Loc], Problem] = {}
    for rule in rules():
        for problem in rule().found(flow):
            found.setdefault((problem.code, problem.loc), problem)
    if graph.source is None:
        return list(found.values())
    source = graph.source
    told = [problem for problem in found.values() if not _is_silenced(problem, source)] + _unknown(source)
    places = {id(problem): problem.where(source) for problem in told}
    return sorted(told, key=lambda each: (places[id(each)][0].name != source.name, *places[id(each)][1], each.code))


def _is_silenced(problem: Problem, source: Source) -> bool:
    home, place = problem.where(source)
    return problem.code in _silenced(home, place.line)


def _silenced(source: Source, line: int) -> list[str]:
    """The rules that a comment on the line silences; JSON has no comments."""
    found = None if source.is_json or line > len(source.lines) else _IGNORE.search(source.lines[line - 1])
    return [code.strip() for code in found[1].split(",")] if found else []


def _unknown(source: Source) -> list[Problem]:
    """A warning for each rule that a comment silences and that there is not."""
    if "ignore[" not in source.text:
        return []
    codes = [rule.code() for rule in rules()]
    return [
        Problem(
            "unknown-advice",
            f"no advice is called {code!r}{nearest(code, codes)}",
            place=Place(number, line.index("#", line.rindex("#")) + 1, len(line) - line.rindex("#")),
            severity="warning",
        )
        for number, line in enumerate(source.lines, start=1)
        for code in _silenced(source, number)
        if code not in codes
    ]
