"""Training over a table that is larger than memory need be: rows a second, and the most memory that was taken.

    python tests/benchmarks/stream_speed.py [ROWS] [--folder FOLDER]

ROWS is 5,000,000 where nothing is said: 20 numbers, 2 texts and a class, 1 GB of CSV, and the same rows in Parquet.
netspec trains over both at batch 4,096, beside Keras' ``fit`` over ``make_csv_dataset`` and over chunks that pandas
reads and hands on by a generator, and beside the reading alone.  All train the same model, each in a process of its
own, over the same rows, or as many of them as 30 seconds hold.  The clock runs from the end of the first call of steps
on; the seconds of the first reading, which checks every cell, are told by themselves.  FOLDER keeps the tables.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

BATCH, SECONDS = 4096, 30
NUMBERS, CLASSES = [f"x{at}" for at in range(20)], ["a", "b", "c"]
WORDS = {"city": [f"city{at:03d}" for at in range(200)], "product": [f"product{at:04d}" for at in range(1000)]}
SPEC = """
name = "big"
inputs.x = [20]
inputs.city = {{ shape = [], dtype = "string" }}
inputs.product = {{ shape = [], dtype = "string" }}
layers = [
  {{ name = "city_index", type = "StringLookup", vocabulary = {city}, inputs = "city" }},
  {{ name = "city_vector", type = "Embedding", input_dim = 201, output_dim = 8 }},
  {{ name = "product_index", type = "StringLookup", vocabulary = {product}, inputs = "product" }},
  {{ name = "product_vector", type = "Embedding", input_dim = 1001, output_dim = 16 }},
  {{ type = "Concatenate", inputs = ["x", "city_vector", "product_vector"] }},
  {{ type = "Dense", units = 64, activation = "relu" }},
  {{ type = "Dense", units = 32, activation = "relu" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[data]
source = "rows.{suffix}"
stream = true
inputs = {{ x = {numbers}, city = "city", product = "product" }}
target = "kind"
[train]
loss = "sparse_categorical_crossentropy"
optimizer = "adam"
metrics = ["accuracy"]
epochs = 1
batch_size = {batch}
"""


def write(folder: Path, rows: int) -> None:
    """The table as CSV and as Parquet, and the specs."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    for suffix in ("csv", "parquet"):
        words = {name: json.dumps(each) for name, each in WORDS.items()}
        text = SPEC.format(suffix=suffix, numbers=json.dumps(NUMBERS), batch=BATCH, **words)
        (folder / f"{suffix}.toml").write_text(text)
    (folder / "netspec.toml").touch()
    if (folder / "rows.parquet").exists() and parquet.read_metadata(folder / "rows.parquet").num_rows == rows:
        return
    chance = np.random.default_rng(0)
    with (folder / "rows.csv").open("wb") as file, (folder / "rows.parquet").open("wb") as other:
        writer = None
        for start in range(0, rows, 250_000):
            count = min(250_000, rows - start)
            x = chance.normal(size=(count, len(NUMBERS))).round(5)
            columns = dict(zip(NUMBERS, x.T, strict=True))
            columns |= {name: chance.choice(each, count) for name, each in WORDS.items()}
            table = pa.table({**columns, "kind": np.array(CLASSES)[x[:, :3].argmax(1)]})
            writer = writer or parquet.ParquetWriter(other, table.schema)
            writer.write_table(table)
            csv.write_csv(table, file, csv.WriteOptions(include_header=not start, quoting_style="needed"))
        assert writer
        writer.close()


class Clock:
    """Rows a second from the first time on that it is told of rows."""

    def __init__(self) -> None:
        self.first = self.last = (0, 0.0)

    def at(self, rows: int) -> bool:
        """So many rows are behind; whether there is time left."""
        self.last = rows, time.monotonic()
        if not self.first[0]:
            self.first, self.cpu = self.last, time.process_time()
        self.used = time.process_time() - self.cpu
        return self.last[1] - self.first[1] < SECONDS

    def told(self) -> dict[str, float]:
        rows = self.last[0] - self.first[0]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"rate": rows / (self.last[1] - self.first[1]), "cpu": rows / max(self.used, 1e-9), "peak": peak}


def netspec(suffix: str) -> dict[str, float]:
    """What a user runs: ``train``, over one epoch."""
    from netspec.graph import load
    from netspec.train import Display, train

    room = vars(sys.modules["netspec.train.train"])

    clock, scan = Clock(), 0.0

    class Watch(Display):
        def stepped(self, epoch: int, done: int, of: int) -> None:
            clock.at(done)

    made = room["streamed"]

    def timed(*given: Any) -> Any:
        nonlocal scan
        began = time.monotonic()
        stream = made(*given)
        scan = time.monotonic() - began
        return stream

    room["streamed"] = timed
    with tempfile.TemporaryDirectory() as runs:
        train(load(f"{suffix}.toml"), runs, Watch())
    return clock.told() | {"scan": scan}


def reader(suffix: str) -> dict[str, float]:
    """The reading alone, as training does it."""
    from netspec.data.stream import scanned
    from netspec.graph import load

    graph = load(f"{suffix}.toml")
    inputs = {name: each.tensor for name, each in graph.inputs.items()}
    outputs = {str(ref): graph.tensor(ref) for ref in graph.outputs}
    stream = scanned(graph.data, graph.source, inputs, outputs, {"kind": "index"})
    clock = Clock()
    for window in stream.windows(stream.all, BATCH, 0):
        if not clock.at(window.behind + len(window.order)):
            break
    return clock.told()


def fitted(batches: Any) -> dict[str, float]:
    """The same model, and Keras' own ``fit``."""
    import keras

    from netspec.graph import load
    from netspec.train.compiled import compiled

    graph = load("csv.toml")
    clock = Clock()

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch % 16 == 15 and not clock.at((batch + 1) * BATCH):
                self.model.stop_training = True
                raise StopIteration

    try:
        compiled(graph, graph.train).fit(batches, epochs=1, verbose=0, callbacks=[Watch()])
    except StopIteration:
        pass
    return clock.told()


def make_csv_dataset(suffix: str) -> dict[str, float]:
    """TensorFlow's own way to read CSV."""
    import tensorflow as tf

    index = tf.constant(CLASSES)

    def packed(columns: Any, kind: Any) -> Any:
        x = tf.stack([columns[name] for name in NUMBERS], axis=-1)
        return (x, columns["city"], columns["product"]), tf.argmax(kind[:, None] == index, axis=-1)

    types = [0.0] * len(NUMBERS) + [""] * 3
    made = tf.data.experimental.make_csv_dataset("rows.csv", BATCH, None, types, label_name="kind", num_epochs=1)
    return fitted(made.map(packed))


def pandas(suffix: str) -> dict[str, float]:
    """Chunks that pandas reads, shuffled and cut into batches, handed on by a generator."""
    import pandas
    import tensorflow as tf

    chance = np.random.default_rng(0)

    def batches() -> Iterator[Any]:
        for chunk in pandas.read_csv("rows.csv", chunksize=16 * BATCH):
            order = chance.permutation(len(chunk))
            x = chunk[NUMBERS].to_numpy("float32")[order]
            words = [chunk[name].to_numpy(dtype=object)[order] for name in WORDS]
            kind = pandas.Categorical(chunk["kind"], CLASSES).codes.astype("int32")[order]
            for at in range(0, len(chunk), BATCH):
                yield (x[at : at + BATCH], *(each[at : at + BATCH] for each in words)), kind[at : at + BATCH]

    texts = tf.TensorSpec([None], tf.string)
    like = ((tf.TensorSpec([None, len(NUMBERS)]), texts, texts), tf.TensorSpec([None], tf.int32))
    return fitted(tf.data.Dataset.from_generator(batches, output_signature=like).prefetch(4))


def measured(folder: Path, name: str, suffix: str) -> dict[str, float]:
    """What a process of its own measures."""
    command = [sys.executable, __file__, "--only", name, suffix]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compared(folder: Path, rows: int) -> None:
    """Measure all, and print a Markdown table."""
    write(folder, rows)
    size = (folder / "rows.csv").stat().st_size / 1e9
    print(f"{rows:,} rows, {size:.2f} GB of CSV, batch {BATCH:,}\n")
    print("| | rows/s | rows per second of processor | peak memory | first reading |\n|---|---:|---:|---:|---:|")
    found: dict[tuple[str, str], float] = {}
    every = [(make_csv_dataset, "csv"), (pandas, "csv")]
    every += [(measure, suffix) for suffix in ("csv", "parquet") for measure in (netspec, reader)]
    for measure, suffix in every:
        name = measure.__name__
        if name == "pandas" and find_spec("pandas") is None:
            print("| pandas by hand: pandas is not installed | | | | |")
            continue
        told = measured(folder, name, suffix)
        found[name, suffix] = told["rate"]
        scan = f"{told['scan']:.1f} s" if "scan" in told else ""
        figures = f"{told['rate']:,.0f} | {told['cpu']:,.0f} | {told['peak']:,.0f} MB"
        print(f"| {name}, {suffix} | {figures} | {scan} |", flush=True)
    for suffix in ("csv", "parquet"):
        others = [("make_csv_dataset", "csv"), ("pandas", "csv"), ("reader", suffix)]
        ratios = [f"{found['netspec', suffix] / found[each]:.2f} × {each[0]}" for each in others if each in found]
        print(f"\nnetspec over {suffix}: {', '.join(ratios)}")


def main() -> None:
    """Compare all, or measure one where ``--only`` says so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        name, suffix = given.only
        print(json.dumps(globals()[name](suffix)))
    elif given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        compared(given.folder.resolve(), given.rows)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compared(Path(folder), given.rows)


if __name__ == "__main__":
    main()
