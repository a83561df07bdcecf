"""A comparison as one page: the picture in the reader's colours, and the tables; nothing loads and nothing runs."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape

from netspec.diff import words
from netspec.diff.change import Diff
from netspec.diff.picture import picture
from netspec.draw.texts import clean
from netspec.draw.themes import THEMES, Theme, legible

_STYLE = """
body { margin: 0 auto; padding: 1.5rem; max-width: 80rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--ground); }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
p { margin: .3rem 0; }
figure { margin: 1.2rem 0; padding: .5rem; overflow: auto; border: 1px solid var(--line); border-radius: 10px; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
table { border-collapse: collapse; }
th, td { padding: .25rem 1.2rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
th, .muted { color: var(--muted); font-weight: 400; }
td.added, p .added { color: var(--added); font-weight: 650; }
td.removed, p .removed { color: var(--removed); font-weight: 650; }
td.changed, p .changed { color: var(--changed); font-weight: 650; }
"""
_STOP = re.compile(r'<stop offset="([\d.]+)" style="stop-color:(#\w+);stop-opacity:([\d.]+);" ?/>')


def page(diff: Diff, theme: str = "auto") -> str:
    """The whole document, the same for the same comparison; ``theme`` "auto" follows the reader's system."""
    shown = ("light", "dark") if theme == "auto" else (theme,)
    style = "".join(_colours(theme, name) for name in shown) + _STYLE
    rules = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    title = escape(clean(diff.title))
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}; base-uri 'none'; form-action 'none'\">",
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta name="referrer" content="no-referrer">\n<title>{title}</title>',
        f"<style>{style}</style>\n</head>\n<body>",
        f"<h1>{title}</h1>",
        *_headline(diff),
        *(f'<figure class="{name}">{_svg(diff, name)}</figure>' for name in shown),
        *_tables(diff),
        "</body>\n</html>\n",
    ]
    return "\n".join(lines)


def _svg(diff: Diff, theme: str) -> str:
    """The picture, its looks in attributes: a page without inline styles would not heed them."""
    made = picture(diff, theme).svg(f"{theme}-")
    return _STOP.sub(r'<stop offset="\1" stop-color="\2" stop-opacity="\3"/>', made)


def _colours(asked: str, name: str) -> str:
    theme: Theme = THEMES[name]
    found = {"ground": theme.ground, "ink": theme.ink, "line": theme.border}
    found["muted"] = legible(theme.muted, theme.ground)
    found |= {look: legible(change.colour, theme.ground) for look, change in theme.changes.items()}
    rule = f":root {{ {' '.join(f'--{key}: {value};' for key, value in found.items())} }}"
    if asked != "auto":
        return f"{rule}\n"
    other = "dark" if name == "light" else "light"
    scheme = " :root { color-scheme: light dark; }" if name == "light" else ""
    return f"@media (prefers-color-scheme: {name}) {{ {rule} figure.{other} {{ display: none; }} }}{scheme}\n"


def _headline(diff: Diff) -> Iterator[str]:
    if diff.same:
        yield f"<p>Same network{', spelled otherwise' if diff.of('respelled') else ''}.</p>"
        return
    parts = (f'<span class="{_look(kind)}">{escape(text)}</span>' for kind, text in words.tally(diff))
    yield f"<p>{' · '.join(parts)}</p>"


def _look(kind: str) -> str:
    return kind if kind in ("added", "removed") else "muted" if kind == "shape" else "changed"


def _tables(diff: Diff) -> Iterator[str]:
    yield from _table("Figures", ("", "before", "after", "difference", ""), words.totals(diff))
    rows: list[Sequence[str]] = [(each.change, each.name, "input", words.of_input(each)) for each in diff.inputs]
    if diff.outputs:
        before, after = map(words.names, diff.outputs)
        rows.append(("changed", "outputs", "", f"{before} → {after}"))
    changes = [change for change in diff.changes if change.change not in ("shape", "respelled")]
    for row in words.rows(changes):
        told = "\n".join(", ".join(phrases) for phrases in row.details if phrases)
        rows.append((words.MARKS[row.change][1], row.subject, row.kind, told))
    yield from _table("Architecture", ("change", "layer", "type", "what"), rows)
    for head, arguments in (("Data", diff.data), ("Pretraining", diff.pretrain), ("Training", diff.train)):
        values = ((each.path, words.value(each.before), words.value(each.after)) for each in arguments)
        yield from _table(head, ("", "before", "after"), values)
    shapes = ((change.name, ", ".join(words.effects(change))) for change in diff.of("shape"))
    yield from _table("Shapes that follow", ("layer", "before → after"), shapes)
    if not diff.same:
        yield from _table("Weights of a trained model", ("", "layers"), words.weights(diff))


def _table(head: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table under a heading; nothing where there are no rows."""
    found = list(rows)
    if not found:
        return
    yield f"<h2>{head}</h2>\n<table>\n<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>"
    for row in found:
        look = f' class="{_look(row[0])}"' if titles[0] == "change" else ""
        cells = [f"<td{look if at == 0 else ''}>{_cell(text)}</td>" for at, text in enumerate(row)]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _cell(text: str) -> str:
    return "<br>".join(escape(clean(line, 1000)) for line in text.split("\n"))
