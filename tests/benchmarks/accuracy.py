"""How well the digits are read, and how long it takes to learn: a Markdown table over several seeds.

    python tests/benchmarks/accuracy.py [SPEC ...]

Each run is a process of its own, one for each processor at a time.  Seeds are 0 to 4, and all of them count.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

SPECS = Path(__file__).parents[2] / "specs"
NAMES = ("digits_mlp", "digits_lenet", "digits_lstm", "digits_rnn", "digits_softmax")
SEEDS = range(5)


class Result(NamedTuple):
    """What came of one run: the accuracy on the test part, the epochs, and the seconds from start to end."""

    accuracy: float
    epochs: int
    seconds: float


def trained(name: str, seed: int, runs: str) -> Result:
    """Train one spec with one seed in a fresh process."""
    started = time.monotonic()
    command = [sys.executable, "-m", "netspec", "train", str(SPECS / f"{name}.toml"), "--set", f"train.seed={seed}"]
    done = subprocess.run([*command, "--runs", runs, "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name}, seed {seed}: {done.stderr}")
    last = json.loads(done.stdout.splitlines()[-1])
    return Result(last["metrics"]["test"]["accuracy"], last["epochs"], time.monotonic() - started)


def main(names: list[str]) -> None:
    """Train all, and print a row for each spec."""
    workers = min(2, os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as runs, ThreadPoolExecutor(workers) as pool:
        jobs = {name: [pool.submit(trained, name, seed, runs) for seed in SEEDS] for name in names}
        print("| spec | test accuracy: mean | standard deviation | least | epochs | seconds: median | most |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, waiting in jobs.items():
            results = [job.result() for job in waiting]
            accuracies = [100 * each.accuracy for each in results]
            seconds = [each.seconds for each in results]
            print(
                f"| {name} | {statistics.mean(accuracies):.2f} % | {statistics.stdev(accuracies):.2f} "
                f"| {min(accuracies):.2f} % | {statistics.median(each.epochs for each in results):.0f} "
                f"| {statistics.median(seconds):.1f} | {max(seconds):.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
