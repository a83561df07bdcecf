"""Searches that were never trained: their trials come to what a test says, fold by fold."""

from __future__ import annotations

import json
from math import isfinite

from netspec.runs.run import Run
from netspec.search.judged import Judged, Objective, Outcome, Result
from netspec.search.report.folds import Behind
from netspec.search.report.page import page
from netspec.search.report.seen import Seen
from netspec.search.trials import planned

SPEC = """# A net that is only looked at.
name = "looked_at"
description = {description}
{vars}
inputs.x = [4]
layers = [
  {{ type = "Dense", units = "${{width}}", activation = "relu" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[data]
source = "iris"
test = 0.2
{data}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
metrics = ["accuracy"]
epochs = 3
{train}
[search]
{search}
"""


def searched(folder, came_to, search, names=(), figure="accuracy", lowest=False, history=None, small=(), **more):
    """What a search shows: ``came_to`` gives the figures of a trial's folds by its values, or why it failed.

    Of a trial that was pruned they are a tuple.  Of what is ``small`` less is better, too.

    ``search`` is what [search] says beside the figure; ``names`` are vars beside ``width``; ``more`` is the
    spec's description, and lines of its [data] and [train].
    """
    stated = "".join(f'vars."{name}" = {start}\n' for name, start in {"width": 4, **dict(names)}.items())
    spec = folder / "looked_at.toml"
    (folder / "netspec.toml").touch()
    more = {"data": "", "train": "", **more, "description": json.dumps(more.get("description", "Nothing is trained."))}
    spec.write_text(SPEC.format(vars=stated, search=search, **more), "utf-8")
    plan, run = planned(str(spec)), Run(folder / "runs")
    others = tuple(Objective(name, True) for name in small)
    decide = (Objective(figure, lowest), *others)
    results = [_result(run, trial, came_to(trial.point.values), decide, history) for trial in plan.trained]
    return Seen(plan, Judged(figure, lowest, results, others), Behind(run, plan))


def paged(seen):
    """The page of a search."""
    return page(seen.behind.run, seen.plan, seen.judged).decode()


def _result(run, trial, came_to, decide, history):
    if isinstance(came_to, str):
        return Result(trial, {}, 1.5, came_to)
    folds = [
        {
            "figures": {"loss": 1.0, decide[0].figure: value if isfinite(value) else float("nan")},
            "epochs": 3,
            "seconds": 2.0 + at,
            "train": 80,
            "validation": 20,
            "history": history(at) if history else {},
        }
        for at, value in enumerate(came_to)
    ]
    path = run.folder / trial.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"folds": folds}).replace("NaN", "null"))
    return Result.of(trial, Outcome(folds, pruned=isinstance(came_to, tuple)), decide)
