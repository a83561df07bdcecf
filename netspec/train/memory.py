"""The memory of the machine: taken as it is needed, and what to do where it is not enough."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from netspec.data import room
from netspec.graph import Graph
from netspec.graph.costs import largest_batch
from netspec.train.run import TrainError

#: The part of the free memory that activations may take: their gradients, and what an operation makes, are as large.
SHARE = 1 / 3


def grown() -> str:
    """Let a GPU's memory be taken as it is needed, not all at once; what kind of device training is on."""
    devices = tf.config.list_physical_devices("GPU")
    for device in devices:
        try:
            tf.config.experimental.set_memory_growth(device, True)
        except RuntimeError:  # TensorFlow has begun already: it stays as its caller had it
            pass
    return "GPU" if devices else "CPU"


@contextmanager
def enough_memory(graph: Graph, batch: int) -> Iterator[None]:
    """``TrainError`` where memory ends, with a size of batch that should fit."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        fits = min(batch // 2, largest_batch(graph, int(SHARE * _free())))
        advice = f"--set train.batch_size={fits} should fit" if fits else "not even one sample at a time fits"
        raise TrainError(f"out of memory with {batch:,} samples a batch: {advice}") from error


def _free() -> int:
    """Bytes that a process may still take: of the first GPU where there is one."""
    if tf.config.list_physical_devices("GPU"):
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])  # so much it had before there was no more
    pages = os.sysconf("SC_PAGE_SIZE")
    left = [room.free() or os.sysconf("SC_AVPHYS_PAGES") * pages]
    if sys.platform == "linux":
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            with open("/proc/self/statm", encoding="ascii") as file:
                left.append(limit - int(file.read().split()[0]) * pages)
    return max(0, min(left))
