"""What changed, and what stands next to it, as a flowchart in Mermaid's language: small enough for a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from netspec.diff import words
from netspec.diff.change import Diff
from netspec.draw.mermaid import LONGEST, MOST_EDGES, escaped
from netspec.graph import Graph

MOST_CARDS = 40  # that stand for changes; those that are told together have one
MOST_NEAREST = 6  # shown layers that lead to one through others

#: Fill, border and dash of each kind of change; the words say it too.
_LOOKS = {
    "added": "fill:#e3f5ec,stroke:#0a8a5f,color:#0f172a,stroke-width:2px",
    "removed": "fill:#fdebe9,stroke:#c2342b,color:#0f172a,stroke-width:2px,stroke-dasharray:5 4",
    "changed": "fill:#fff6df,stroke:#b7791f,color:#0f172a,stroke-width:2px",
    "same": "fill:#ffffff,stroke:#94a3b8,color:#475569",
}


def flowchart(diff: Diff) -> str:
    """The changed layers and their neighbours; ``""`` where no layer changed or where it is more than Mermaid draws."""
    chart = _Chart(diff)
    text = chart.text()
    return text if chart.cards and len(chart.edges) <= MOST_EDGES and len(text) <= LONGEST else ""


class _Chart:
    """Cards for changes, one for those that are told together, and for what stands next to them."""

    def __init__(self, diff: Diff):
        self.diff = diff
        self.cards: dict[str, str] = {}  # the card's id and its line
        self.ids: tuple[dict[str, str], dict[str, str]] = ({}, {})  # of layers that are shown, before and after
        self.edges: dict[tuple[str, str], str] = {}
        self.show_changes()
        self.show_neighbours()
        self.join(diff.b, 1)
        self.join(diff.a, 0)

    def text(self) -> str:
        """The chart."""
        looks = [f"  classDef {name} {look}" for name, look in _LOOKS.items()]
        lines = [f"  {tail} {arrow} {head}" for (tail, head), arrow in self.edges.items()]
        return "\n".join(["flowchart TB", *self.cards.values(), *lines, *looks]) + "\n"

    def card(self, look: str, *lines: str) -> str:
        """A new card; its id."""
        made = f"n{len(self.cards)}"
        text = "<br>".join(escaped(line) for line in lines if line)
        self.cards[made] = f'  {made}["{text}"]:::{look}'
        return made

    def show_changes(self) -> None:
        changes = (change for change in self.diff.changes if change.change not in ("shape", "respelled", "renamed"))
        back = {after: before for before, after in self.diff.pairs.items()}
        rows = words.rows(changes)
        rows.sort(key=lambda row: row.change == "changed" and bool(row.changes[0].block))  # what is in it comes first
        for row in rows[:MOST_CARDS]:
            first = row.changes[0]
            names = first.layers or (first.name,)
            at = 0 if names[0] not in self.diff.b.nodes else 1
            if any(name in self.ids[at] for name in names):
                continue
            look = row.change if row.change in _LOOKS else "changed"
            mark, word = words.MARKS[row.change]
            told = [", ".join(phrases) for phrases in row.details if phrases][:3]
            made = self.card(look, f"{mark} {row.subject} {row.kind} {word}", *told)
            for name in names:
                self.ids[at][name] = made
                if at and name in back:
                    self.ids[0][back[name]] = made

    def show_neighbours(self) -> None:
        back = {after: before for before, after in self.diff.pairs.items()}
        same = {name: name for name in self.diff.a.inputs if name in self.diff.b.inputs}
        changed = tuple(map(set, self.ids))
        for at, graph, other in ((1, self.diff.b, {**same, **back}), (0, self.diff.a, {**same, **self.diff.pairs})):
            shown = changed[at]
            next_to = {ref.name for name in shown for ref in graph.nodes[name].inputs}
            next_to |= {node.name for node in graph if any(ref.name in shown for ref in node.inputs)}
            for name in (*graph.inputs, *graph.nodes):
                if name in next_to and name not in self.ids[at]:
                    kind = "Input" if name in graph.inputs else graph.nodes[name].type
                    made = self.card("same", f"{name} {kind}")
                    self.ids[at][name] = made
                    if name in other:
                        self.ids[1 - at].setdefault(other[name], made)

    def join(self, graph: Graph, at: int) -> None:
        """Edges between what is shown: plain, dotted where layers are left out, and dashed where they are gone."""
        ids = self.ids[at]
        nearest: dict[str, tuple[str, ...]] = {name: (ids[name],) if name in ids else () for name in graph.inputs}
        for node in graph:
            taken = [ref.name for ref in node.inputs]
            if node.name not in ids:
                nearest[node.name] = tuple(dict.fromkeys(_flat(nearest[name] for name in taken)))[:MOST_NEAREST]
                continue
            nearest[node.name] = (ids[node.name],)
            for name in taken:
                for tail in nearest[name]:
                    self.edge(tail, ids[node.name], direct=name in ids, at=at)

    def edge(self, tail: str, head: str, direct: bool, at: int) -> None:
        if tail == head or (tail, head) in self.edges:
            return
        if at:
            self.edges[tail, head] = "-->" if direct else "-.->|...|"
        elif direct:
            self.edges[tail, head] = "-. was .->"


def _flat(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [item for group in groups for item in group]
