"""Who trains trials: this process, or several others, each on its part of the processors."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from netspec.keras.door import enter
from netspec.runs.run import Run, TrainError
from netspec.search.judged import About, Outcome
from netspec.search.trials import Plan, Trial

#: Told of a trial's figures after a fold or an epoch: whether to end it.
Heard = Callable[[Trial, int, dict[str, float]], bool]

DEATHS = 5  # of processes that train one and the same trial, none of which came to the end of a fold
STARTS = 20  # of processes that end before they could be asked anything


class Workers(Protocol):
    """Trains trials that are begun; ``next`` gives one that has come to its end."""

    @property
    def free(self) -> bool:
        """Whether another may be begun."""

    @property
    def busy(self) -> bool:
        """Whether there is one to wait for."""

    def about(self, fresh: bool) -> About:
        """What must be known before a trial begins; with ``fresh`` nothing that is kept counts."""

    def begin(self, trial: Trial, like: str) -> None:
        """Train a trial, or take what is kept of the same net in the file ``like``."""

    def next(self, heard: Heard) -> tuple[Trial, Outcome]:
        """Wait for a trial that was begun."""


class Hands(NamedTuple):
    """How many workers there are, how many processors each has, and the database through which others help."""

    workers: int = 1
    threads: int | None = None
    storage: str | None = None


ONE = Hands()


@contextmanager
def workers(plan: Plan, runs: Path, hands: Hands) -> Iterator[Workers]:
    """Workers, which end with the block; one that may use all processors is this process."""
    if hands.workers == 1 and hands.threads is None:
        enter()
        yield Alone(plan, runs)
        return
    threads = hands.threads or max(1, _processors() // hands.workers)
    several = Several(plan, runs, hands.workers, threads)
    try:
        yield several
    finally:
        several.close()


class Alone:
    """This process is the only worker: it trains while it is waited for."""

    def __init__(self, plan: Plan, runs: Path):
        from netspec.search.bench import Bench

        self.bench = Bench(plan, runs)
        self.begun: list[tuple[Trial, str]] = []

    @property
    def free(self) -> bool:
        return not self.begun

    @property
    def busy(self) -> bool:
        return bool(self.begun)

    def about(self, fresh: bool) -> About:
        return self.bench.about(fresh)

    def begin(self, trial: Trial, like: str) -> None:
        self.begun.append((trial, like))

    def next(self, heard: Heard) -> tuple[Trial, Outcome]:
        trial, like = self.begun.pop()
        return trial, self.bench.train(trial, like, lambda step, figures: heard(trial, step, figures))


@dataclass
class _Worker:
    """A process, the line to it, and what it was asked; ``line`` is closed where the process is no more."""

    process: Any
    line: Connection
    asked: tuple[Any, ...] = ()
    deaths: int = 0
    starts: int = 0
    is_up: bool = False


@dataclass
class Several:
    """Processes of their own; one that is killed is started anew, and goes on after the last fold that is kept."""

    plan: Plan
    runs: Path
    count: int
    threads: int
    all: list[_Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.all.extend(_Worker(*self._started()) for _ in range(self.count))

    @property
    def free(self) -> bool:
        return any(not worker.asked for worker in self.all)

    @property
    def busy(self) -> bool:
        return any(worker.asked for worker in self.all)

    def about(self, fresh: bool) -> About:
        self._ask(self.all[0], ("about", fresh))
        _, found = self._answer(lambda *_: False)
        self.folder = found.folder
        return About(*found)

    def begin(self, trial: Trial, like: str) -> None:
        worker = next(worker for worker in self.all if not worker.asked)
        self._ask(worker, ("train", self.folder, trial, like))

    def next(self, heard: Heard) -> tuple[Trial, Outcome]:
        (*_, trial, _), outcome = self._answer(heard)
        return trial, outcome

    def close(self) -> None:
        """End all processes, whatever they are at."""
        for worker in self.all:
            worker.process.kill()
            worker.process.join()
            worker.line.close()

    def _started(self) -> tuple[Any, Connection]:
        context = multiprocessing.get_context("spawn")
        line, far = context.Pipe()
        process = context.Process(target=_work, args=(far, self.plan.bare, self.runs, self.threads), daemon=True)
        with _unstopped():
            process.start()
        far.close()
        return process, line

    def _ask(self, worker: _Worker, words: tuple[Any, ...]) -> None:
        worker.asked = words
        if worker.line.closed:
            worker.process, worker.line = self._started()
        with contextlib.suppress(OSError):  # the process is dead: that is seen when it is listened to
            worker.line.send(words)

    def _answer(self, heard: Heard) -> tuple[tuple[Any, ...], Any]:
        """What a worker was asked, and what it says to it."""
        while True:
            lines = wait([worker.line for worker in self.all if not worker.line.closed])
            for worker in [worker for worker in self.all if worker.line in lines]:
                kind, said = self._said(worker)
                if kind == "up":
                    worker.is_up, worker.starts = True, 0
                elif kind == "heard":
                    worker.deaths = 0
                    with contextlib.suppress(OSError):
                        worker.line.send(heard(worker.asked[2], *said))
                elif kind == "wrong":
                    raise said
                elif kind == "done":
                    asked, worker.asked, worker.deaths = worker.asked, (), 0
                    return asked, said

    def _said(self, worker: _Worker) -> tuple[str, Any]:
        try:
            kind, said = worker.line.recv()
            return str(kind), said
        except (EOFError, OSError):
            return self._died(worker)

    def _died(self, worker: _Worker) -> tuple[str, Any]:
        """Ask a worker again, which starts it anew; give up what kills it again and again."""
        worker.process.join()
        code = worker.process.exitcode or 0
        worker.line.close()
        worker.deaths += worker.is_up and bool(worker.asked)
        worker.starts += not worker.is_up
        worker.is_up = False
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if worker.starts > STARTS or (worker.deaths > DEATHS and worker.asked[0] != "train"):
            raise TrainError(f"a worker cannot work: its process ended again and again ({how})")
        if worker.deaths > DEATHS:
            return "done", Outcome([], f"its process ended {worker.deaths} times ({how}); memory may not suffice")
        if worker.asked:
            self._ask(worker, worker.asked)
        return "died", None


@contextmanager
def _unstopped() -> Iterator[None]:
    """Ctrl-C is for this process, which ends its workers: one that begins here never hears of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(line: Connection, plan: Plan, runs: Path, threads: int) -> None:
    """What a worker does: train what it is asked to, until its parent ends it or is no more."""
    import threading

    if hasattr(os, "setsid"):
        os.setsid()  # nor does it hear that the terminal is closed
    parent = multiprocessing.parent_process()
    assert parent

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    enter()
    import tensorflow as tf

    from netspec.keras.build import BuildError
    from netspec.search.bench import Bench

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    bench = Bench(plan, runs)
    with contextlib.suppress(EOFError, OSError):
        line.send(("up", None))
        while True:
            asked = line.recv()
            try:
                if asked[0] == "about":
                    answer: Any = bench.about(asked[1])
                else:
                    bench.run = Run(asked[1])
                    answer = bench.train(asked[2], asked[3], _asking(line))
                line.send(("done", answer))
            except BuildError as error:
                line.send(("wrong", TrainError(str(error))))
            except Exception as error:
                line.send(("wrong", error))


def _asking(line: Connection) -> Callable[[int, dict[str, float]], bool]:
    """Asks the parent whether to end a trial."""

    def ask(step: int, figures: dict[str, float]) -> bool:
        line.send(("heard", (step, figures)))
        return bool(line.recv())

    return ask
