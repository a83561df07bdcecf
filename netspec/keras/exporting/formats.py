"""The formats that a network can be written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from netspec.keras.door import NotInstalled
from netspec.keras.exporting import litert, native, onnx, saved_model
from netspec.keras.exporting.fault import ExportError, NoFormat
from netspec.keras.exporting.network import Network, Running
from netspec.problems import listed, nearest, plain

LARGEST = 2**31  # bytes of a file whose format counts them in 32 bits


@dataclass(frozen=True)
class Format:
    """How a network is written, read back and judged.

    ``tolerance`` is the largest difference permitted, as a share of an output's largest number; ``suffix`` is empty
    for a folder; ``needs`` are the packages that the extra of the format's name installs; ``is_small`` says that a
    file has at most 2 GiB.
    """

    name: str
    label: str
    suffix: str
    tolerance: float
    write: Callable[[Network, Path], None]
    read: Callable[[Network, Path], Running]
    needs: tuple[str, ...] = ()
    is_small: bool = False

    def check(self, network: Network) -> None:
        """``NotInstalled`` where a package is missing, ``ExportError`` where the file would be too large."""
        missing = [package for package in self.needs if find_spec(package) is None]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            names = f"{', '.join(missing)}, which {verb} not installed"
            raise NotInstalled(f'{self.label} needs {names}: python -m pip install "netspec-keras[{self.name}]"')
        size = sum(weight.value.dtype.size * weight.shape.num_elements() for weight in network.model.weights)
        if self.is_small and size >= LARGEST:
            raise ExportError(f"a file of {self.label} holds at most 2 GiB; these weights have {size:,} bytes")


FORMATS = {
    each.name: each
    for each in (
        Format("keras", "Keras", ".keras", 0, native.keras_written, native.keras_read),
        Format("weights", "Keras weights", ".weights.h5", 0, native.weights_written, native.weights_read),
        Format("json", "Keras JSON", ".json", 0, native.json_written, native.json_read),
        Format("savedmodel", "SavedModel", "", 1e-5, saved_model.written, saved_model.read),
        Format(
            *("onnx", onnx.LABEL, ".onnx", 1e-4, onnx.written, onnx.read),
            needs=("tf2onnx", "onnx", "onnxruntime"),
            is_small=True,
        ),
        Format("litert", litert.LABEL, ".tflite", 1e-4, litert.written, litert.read, is_small=True),
    )
}


def format_of(path: Path, name: str | None) -> Format:
    """The format of that name, else the one that the file's name ends in.

    ``NoFormat`` where there is no such format, or the two disagree.
    """
    fit = [each for each in FORMATS.values() if each.suffix and path.name.endswith(each.suffix)]
    if name is not None:
        if name not in FORMATS:
            raise NoFormat(f"no format is called {plain(name)!r}{nearest(name, FORMATS)}; there are {listed(FORMATS)}")
        chosen = FORMATS[name]
        if fit not in ([], [chosen]) or (chosen.suffix and not fit):
            ends = f"ends in {chosen.suffix}" if chosen.suffix else f"does not end in {fit[0].suffix}"
            raise NoFormat(f"{plain(str(path))}: for {chosen.label} the name {ends}")
        return chosen
    if fit:
        return fit[0]
    if path.suffix:
        known = listed([each.suffix for each in FORMATS.values() if each.suffix])
        message = f"the name of what is exported ends in {known}; --format savedmodel makes a folder of any name"
        raise NoFormat(f"{plain(str(path))}: {message}")
    return FORMATS["savedmodel"]
