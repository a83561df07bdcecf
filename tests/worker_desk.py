"""Workers for tests, which train nothing: processes of their own that die where they are told to."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from netspec.problems import Problem, SpecError
from netspec.runs.run import TrainError
from netspec.search.judged import About, Outcome
from netspec.search.trials import planned
from netspec.search.workers import Several

OUTCOME = Outcome([{"figures": {"loss": 1.0}, "epochs": 1, "train": 8, "validation": 2, "seconds": 0.1}])


def work(line, plan, runs, threads):
    """Answer what a worker is asked: what stands for the file of a like net says how."""
    if (Path(runs) / "broken").exists():
        os._exit(4)
    line.send(("up", None))
    while True:
        kind, *words = line.recv()
        if kind == "about":
            line.send(("done", About(Path(runs) / "search-1", {"loss": True})))
            continue
        like = words[-1]
        mark = Path(runs) / "died"
        if like == "dies" or (like == "dies once" and not mark.exists()):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            os._exit(3)
        if like == "wrong":
            line.send(("wrong", SpecError(plan.source, [Problem("bad-value", "what is wrong", ("search",))])))
        elif like == "fails":
            line.send(("wrong", TrainError("what is wrong")))
        else:
            line.send(("heard", (1, {"loss": 1.0})))
            line.recv()
            line.send(("done", OUTCOME))


if __name__ == "__main__":
    several = Several(planned(sys.argv[1]), Path(sys.argv[1]).parent / "runs", 2, 1)
    print(*(worker.process.pid for worker in several.all), flush=True)
    time.sleep(600)
