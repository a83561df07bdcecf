"""``netspec export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed, allow_large, as_json, needs_tensorflow, runs, setting
from netspec.cli.latest import tell_of_other
from netspec.graph import load
from netspec.keras.door import NotInstalled
from netspec.problems import plain
from netspec.spec.sizes import size


@click.command()
@click.argument("run", metavar="RUN|FILE")
@click.option(
    "-o", "--output", required=True, help="What to write: .keras .weights.h5 .json .onnx .tflite, or a folder."
)
@click.option("--format", "form", help="keras, weights, json, savedmodel, onnx or litert [by the name of the output].")
@click.option("--initial", is_flag=True, help="The weights that training begins with, though there is a run.")
@click.option("--force", is_flag=True, help="Write over what is there.")
@runs
@as_json
@allow_large
@setting
@needs_tensorflow
def export(
    run: str,
    output: str,
    form: str | None,
    initial: bool,
    force: bool,
    runs: str,
    as_json: bool,
    allow_large: bool,
    settings: tuple[str, ...],
) -> None:
    """Write a network for others to run: Keras, SavedModel, ONNX, LiteRT.

    RUN is a finished run's folder; for a spec's FILE it is its latest run, or, where there is none, the spec with its
    initial weights.  What is written is read back by its own runtime and run beside the Keras model on random inputs;
    where the results differ more than the format permits, nothing is left.

    \b
    Example:
      netspec export specs/digits_lenet.toml -o lenet.onnx
    """
    from netspec.keras.exporting import ExportError, NoFormat, on_cpu
    from netspec.keras.exporting import export as exported

    on_cpu()
    network, weights = _network(run, Path(runs), initial, allow_large, settings)
    try:
        done = exported(network, Path(output), form, force)
    except NoFormat as error:
        raise click.UsageError(str(error)) from None
    except (ExportError, NotInstalled) as error:
        raise Failed(str(error)) from None
    if as_json:
        click.echo(f"note: {weights}", err=True)
        figures = {"largest_difference": done.largest_difference, "tolerance": done.tolerance}
        click.echo(json.dumps({"format": done.format, "file": str(done.file), "bytes": done.bytes, **figures}))
        return
    click.echo(f"{plain(str(done.file))}: {size(done.bytes)}, {weights}")
    click.echo(_judged(done))


def _network(name: str, runs: Path, initial: bool, allow_large: bool, settings: tuple[str, ...]) -> tuple[Any, str]:
    """What is exported, and in words which weights it has."""
    from netspec.keras.build import build
    from netspec.keras.exporting import Network
    from netspec.train.origins import begun
    from netspec.train.run import runs_of
    from netspec.train.use import find, trained

    found = None
    if Path(name).is_dir():
        found = find(name, runs)
    else:
        graph = load(name, *settings, allow_large=allow_large)
        found = None if initial else next(reversed(runs_of(graph.name, runs)), None)
        if found and name != "-":
            tell_of_other(name, graph, found)
    if found is None:
        model, own = build(graph), begun(graph)
        own.put(model)
        others = f"; of other runs: {plain(', '.join(own.arrays))}" if own.arrays else ""
        return Network(graph, model), f"initial weights, not trained{others}"
    if initial or settings:
        option, which = ("--initial", "initial weights are") if initial else ("--set", "another value is")
        more = "" if initial else ", with --initial"
        raise click.UsageError(f"{found.folder} is trained as it stands; {which} for a spec's file{more} ({option})")
    graph, model, classes = trained(found)
    return Network(graph, model, classes), f"weights of {plain(str(found.folder))}"


def _judged(done: Any) -> str:
    """How the results compare with Keras'."""
    if done.largest_difference == 0:
        return "run beside the Keras model: the same numbers, bit for bit"
    share = f"differ by at most {done.largest_difference:.1e} of an output's largest number"
    return f"run beside the Keras model: the results {share} (permitted {done.tolerance:.0e})"
