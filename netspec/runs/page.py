"""A comparison of runs as one page: curves, figures, differences; nothing loads and nothing runs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from netspec.diff.text import text as said
from netspec.draw.texts import clean
from netspec.runs import curves, table
from netspec.runs.compare import Comparison

_INKS = "".join(f".c{at} {{ stroke: {colour}; fill: {colour}; }}\n" for at, colour in enumerate(curves.COLOURS))
_STYLE = f"""
:root {{ color-scheme: light dark; --ground: #fff; --ink: #0f172a; --muted: #475569; --line: #cbd5e1;
  --best: #e7f6f1; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ground: #0f172a; --ink: #e2e8f0; --muted: #94a3b8; --line: #334155; --best: #0b3b2e; }}
}}
body {{ margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--ground); }}
h1 {{ font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 .4rem; }}
h3 {{ font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }}
p.note {{ border-left: 4px solid #d55e00; padding-left: .8rem; }}
div.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .25rem .8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }}
th {{ color: var(--muted); font-weight: 400; }}
th.left, td.left {{ text-align: left; }}
td.best {{ background: var(--best); font-weight: 650; }}
div.plots {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }}
svg {{ width: 100%; height: auto; }}
svg text {{ font: 12px system-ui, sans-serif; stroke: none; }}
svg .title {{ font-size: 14px; fill: var(--ink); }}
svg .mark {{ fill: var(--muted); }}
svg .mid {{ text-anchor: middle; }}
svg .end {{ text-anchor: end; }}
svg .grid {{ stroke: var(--line); stroke-width: .5; fill: none; }}
svg .axis {{ stroke: var(--muted); fill: none; }}
{_INKS}svg .line {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
svg .train {{ stroke-width: 1.3; stroke-dasharray: 4 3; }}
svg .dot {{ stroke-width: 6; stroke-linecap: round; stroke-dasharray: none; }}
svg text.number {{ font-weight: 650; stroke: none; }}
b[class] {{ color: var(--ink); border-bottom: 3px solid; padding: 0 .15rem; }}
{"".join(f"b.c{at} {{ border-color: {colour}; }}" for at, colour in enumerate(curves.COLOURS))}
li, pre {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
"""


def page(found: Comparison) -> str:
    """The whole document, the same for the same runs."""
    rules = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
    title = escape(clean(", ".join(dict.fromkeys(each.graph.name for each in found.runs))))
    count = f"{len(found.runs)} run{'s' * (len(found.runs) != 1)}"
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}; base-uri 'none'; form-action 'none'\">",
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta name="referrer" content="no-referrer">\n<title>{title}: {count}</title>',
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}: {count}</h1>",
        *(f'<p class="note">{escape(clean(note))}</p>' for note in found.notes),
        *_figures(found),
        *_curves(found),
        *_differences(found),
        "</body>\n</html>\n",
    ]
    return "\n".join(lines)


def _figures(found: Comparison) -> Iterator[str]:
    heads = table.heads(found)
    parts = [(part, sum(other == part for other, _ in heads)) for part in dict.fromkeys(part for part, _ in heads)]
    above = "".join(f'<th colspan="{span}" class="left">{escape(clean(part))}</th>' for part, span in parts)
    names = "".join(f"<th>{escape(clean(name))}</th>" for _, name in heads)
    yield '<h2>Figures</h2>\n<div class="wide"><table>'
    yield f'<tr><th></th><th></th>{above}</tr>\n<tr><th></th><th class="left">run</th>{names}</tr>'
    for at, each in enumerate(found.runs):
        row = "".join(
            f'<td class="best">{escape(cell[:-1])}</td>' if cell.endswith("*") else f"<td>{escape(cell)}</td>"
            for cell in table.cells(found, at)
        )
        run = f"{each.run.folder.parent.name}/{each.run.folder.name}{table.ended(each)}"
        yield f'<tr><td>{_number(at + 1)}</td><td class="left">{escape(clean(run))}</td>{row}</tr>'
    yield "</table></div>"
    if any(found.best(*figure) for figure in found.figures):
        yield "<p>Bold on a ground of its own: the best of its column.</p>"


def _curves(found: Comparison) -> Iterator[str]:
    histories = [each.history for each in found.runs]
    keys = dict.fromkeys(key for history in histories for row in history for key in row)
    names = [key for key in keys if key != "epoch" and not (key.startswith("val_") and key[4:] in keys)]
    plots = [made for name in names if (made := curves.plot(name, curves.lines(histories, name)))]
    if plots:
        yield "<h2>Learning curves</h2>"
        yield "<p>A whole line is validation, a dashed one training; the number is the run's.</p>"
        yield f'<div class="plots">{"".join(plots)}</div>'


def _differences(found: Comparison) -> Iterator[str]:
    if len(found.runs) < 2:
        return
    yield f"<h2>What differs from {_number(1)}</h2>"
    for number, each in enumerate(found.runs[1:], 2):
        yield f"<h3>{_number(number)} {escape(clean(str(each.run.folder)))}</h3>"
        if not each.told:
            yield "<p>The same spec.</p>"
            continue
        yield f"<ul>{''.join(f'<li>{escape(clean(phrase))}</li>' for phrase in each.told)}</ul>"
        if each.changes:
            lines = "\n".join(clean(line, 1000) if line.strip() else "" for line in said(each.changes).split("\n"))
            yield f"<details><summary>in full</summary><pre>{escape(lines.strip())}</pre></details>"


def _number(number: int) -> str:
    return f'<b class="{curves.look(number)}">{number}</b>'
