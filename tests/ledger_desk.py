"""Takes the trials of a search from its study and tells of them, without training: a process for tests to kill."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from netspec.runs.run import Run
from netspec.search import storage as storages
from netspec.search.judged import Objective, Outcome
from netspec.search.ledger import opened
from netspec.search.trials import planned

storages.BEAT, storages.GRACE = 1, 4


def main(spec: str, folder: str, storage: str) -> None:
    """Write a line to ``told`` in the folder for each trial that was told of, and counts."""
    run = Run(Path(folder))
    with run.held(), opened(planned(spec), run, (Objective("loss", True),), storage) as ledger:
        while True:
            ledger.behind()
            claim = ledger.take()
            if claim:
                time.sleep(random.uniform(0.05, 0.4))
                figures = {"loss": float(claim[0].parameters)}
                fold = {"figures": figures, "epochs": 1, "train": 8, "validation": 2, "seconds": 0.1}
                if ledger.tell(claim[0], Outcome([fold])):
                    with (run.folder / "told").open("a") as file:
                        file.write(claim[0].point.id + "\n")
            elif ledger.is_over:
                return
            else:
                time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
