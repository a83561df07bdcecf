"""What the page of a search says in words and small tables: what was tried, the verdict, how far vars matter."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.graph.searching import seen_before
from netspec.runs.report.html import Cell, Html, mark, paragraph, said, several, table
from netspec.search.judged import Result
from netspec.search.report.figures import around, card, timed
from netspec.search.report.seen import Seen
from netspec.search.report.verdict import net
from netspec.search.trials import Plan
from netspec.spec.searching import KNOWN

FIGURES = 3  # with a card
_KINDS = {"clear": "right", "unclear": "near", "likely": "near"}
_MARKS = {"clear": "yes", "unclear": "not clear", "likely": "probably"}


def tried(plan: Plan) -> str:
    """What was tried, in a line."""
    search = plan.search
    names = " × ".join(search.space)
    folds = f"{search.divided} each" if search.folds else "each judged once, by the validation part"
    count = len(plan.trials) if plan.is_listed else search.trials or 0
    return f"{search.method} over {names}, {several(count, 'trial')}, {folds}"


def cards(seen: Seen) -> Iterator[tuple[str, str, str]]:
    """The figures that one looks for first, with a note each."""
    best = seen.best
    if best is not None:
        others = [name for name in best.spreads if name != seen.judged.figure and name not in KNOWN]
        for name in [seen.judged.figure, *others][:FIGURES]:
            yield f"best {said(name)}" if name == seen.judged.figure else said(name), *card(best.spreads[name])
        yield "its parameters", f"{best.trial.parameters:,}", said(" ".join(best.trial.point.settings), 60)
    results = seen.judged.results
    done = len(results)
    of = len(seen.plan.trained) if seen.plan.is_listed else seen.plan.search.trials or done
    counts = {
        "failed": sum(bool(each.failed) for each in results),
        "pruned": sum(each.pruned for each in results),
        "skipped": len(seen.plan.skipped),
    }
    notes = [f"{count:,} {word}" for word, count in counts.items() if count]
    shown = f"{done:,}" if done == of else f"{done:,} of {of:,}"
    yield "trials", shown, ", ".join(notes) or ("all trained" if done == of else "so far")
    yield "training", timed(seconds(results)), f"{len(nets(results)):,} different nets"


def nets(results: list[Result]) -> dict[tuple[int, float], Result]:
    """Results that were trained: of the same net, which is not trained again and has the same time to the bit, one."""
    return {(each.trial.parameters, each.seconds): each for each in results}


def seconds(results: list[Result]) -> float:
    """How long the trainings took."""
    return sum(each.seconds for each in nets(results).values())


def verdict(seen: Seen) -> str:
    """Whether the best is clearly better, and the nets that this is about with all their figures."""
    found = seen.verdict
    sign = mark(_MARKS[found.kind], _KINDS[found.kind]) if found.kind in _KINDS else ""
    best = [f"Best is {net(seen.judged, seen.best)}."] if seen.best else []
    told = "".join(paragraph(said(each, 1000)) for each in [*best, *found.words])
    box = f'<div class="verdict">{paragraph(sign + said(found.head))}{told}</div>'
    rows = {"★ best": seen.best, "◇ simplest near it": seen.simplest}
    if found.other is not None and found.other is not seen.simplest:
        rows["next" if found.kind == "smallest" else "best of the smaller"] = found.other
    before = seen_before(seen.plan.start, seen.plan.search.folds)
    return "".join(
        [
            box,
            _beside({name: each for name, each in rows.items() if each is not None}),
            _chosen(seen),
            paragraph(said(before, 1000), "muted") if before else "",
        ]
    )


def _beside(rows: dict[str, Result]) -> str:
    """Results with all their figures."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for each in rows.values() for name in each.spreads if name not in KNOWN))
    lines: list[list[Cell]] = [
        [
            name,
            Html(said(" ".join(each.trial.point.settings))),
            each.trial.parameters,
            *(Html(said(around(each.spreads[key]))) if key in each.spreads else None for key in names),
        ]
        for name, each in rows.items()
    ]
    return table(["", "values", "parameters", *names], lines, "two")


def _chosen(seen: Seen) -> str:
    """Why the best looks a little better than it is."""
    if len(seen.ranked) < 2 or seen.best is None:
        return ""
    data = seen.plan.start.data
    end = "the test part tells what it is worth" if data and data.test else "samples that no trial saw would tell"
    words = f"The best of {len(seen.ranked):,} is chosen by the figure that it is shown with, which flatters it: {end}."
    return paragraph(words, "muted")


def effects(seen: Seen) -> str:
    """The share of each var, how it was found, and what it is not."""
    found = seen.effects
    if isinstance(found, str):
        return paragraph(f"Shares are left out: {found}.", "muted")
    figure = said(seen.judged.figure)
    rows = sorted(found.shares.items(), key=lambda each: -each[1])
    lines = [_share(name, share) for name, share in rows]
    lines += [_share(" × ".join(pair), share) for pair, share in sorted(found.pairs.items(), key=lambda each: -each[1])]
    if found.exact:
        lines.append(_share("together, and by chance", found.rest, "rest"))
        how = (
            f"Shares of the variance of {figure} over the whole grid, which divide it exactly: of a var, the variance"
            " of the means over all others (functional analysis of variance); what is left is what vars do only"
            " together, and chance."
        )
    else:
        how = (
            f"Shares of the variance of {figure} that lie between groups of a var's values, less what chance alone"
            " would make (epsilon squared). The trials are no whole grid, so that this is an estimate, and shares need"
            " not add up to 1."
        )
    shown = f'<div class="wide"><table class="shares">{"".join(lines)}</table></div>'
    return shown + paragraph(how, "muted")


def _share(name: str, share: float, kind: str = "") -> str:
    width = min(1.0, max(0.0, share))
    bar = f'<td class="bar"><i style="--share: {width:.1%}"></i></td>'
    return f'<tr class="{kind}"><th>{said(name, 60)}</th><td>{share:.1%}</td>{bar}</tr>'
