"""Texts that a stranger might write, and graphs in which everything is called so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netspec.graph import Graph, Group, Input, Node, Ref

HOSTILE = [
    "",
    "   ",
    "<script>alert(1)</script>",
    '<<table href="javascript:alert(1)"><tr><td>x</td></tr></table>>',
    "<img src=x onerror=alert(1)>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '</title></svg><svg onload="alert(1)">',
    "<b>bold</b>",
    "</font></td></tr></table>",
    "<b",
    "&amp; &#60; &bogus; &",
    "&#x6a;avascript:",
    '" onload="alert(1)',
    "'; drop table --",
    "ends in \\",
    "ends in \\\\",
    "\\N \\G \\l \\n \\E \\",
    "\\N",
    'a"];b [label="c',
    'x", URL="javascript:alert(1)", y="',
    '"]; click a "javascript:alert(1)"',
    "a\nclick b call evil()",
    "%%{init: {}}%%",
    "`**bold**` [x](javascript:1) #quot; ;",
    "--> b",
    "end",
    "a:b:c -> d",
    "]]><!-- x --> <?php ?>",
    '<!ENTITY x SYSTEM "file:///etc/passwd">',
    "nul\x00 bell\x07 escape\x1b[31m",
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "line\nline\r\nline\tTab\x85\u2028\u2029",
    "\u202eright to left\u2066\u200b\ufeff",
    "lone \ud800 surrogate \udfff",
    "not a character \ufffe \uffff",
    "x" * 10_000,
    "word " * 5_000,
    "<" * 10_000,
    "漢字カナ 🦊 עברית",
    "a\u0301" * 300,
    "\u202e",
    "javascript:alert(1)",
    "url(javascript:alert(1)) url(#x)",
    "graph",
    "node",
    "<>",
    "{a|<b>c}",
    "../../etc/passwd",
    "%s %d {0} ${x} $(id) `id`",
]


def renamed(graph: Graph, called: Mapping[str, str]) -> Graph:
    """``graph`` with inputs, nodes and blocks called as no spec may call them, their texts besides."""

    def name(old: str) -> str:
        """What a name becomes: a node in a block has the block's name before its own."""
        if old in called:
            return called[old]
        head, dot, rest = old.rpartition(".")
        return f"{name(head)}.{rest}" if dot else old

    def refs(given: tuple[Ref, ...]) -> tuple[Ref, ...]:
        return tuple(Ref(name(each.name), each.index) for each in given)

    inputs = {name(old): Input(name(old), each.tensor) for old, each in graph.inputs.items()}
    nodes: dict[str, Node] = {
        name(old): replace(node, name=name(old), owner=name(node.owner), inputs=refs(node.inputs))
        for old, node in graph.nodes.items()
    }
    groups: dict[str, Group] = {
        name(old): replace(
            group,
            name=name(old),
            block=called.get(group.block, group.block),
            nodes=tuple(map(name, group.nodes)),
            inputs=refs(group.inputs),
            outputs=refs(group.outputs),
            owner=name(group.owner),
        )
        for old, group in graph.groups.items()
    }
    assert len(nodes) == len(graph.nodes), "no two names became one"
    return replace(graph, inputs=inputs, nodes=nodes, groups=groups, outputs=refs(graph.outputs))
