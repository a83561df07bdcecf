"""Sets of other libraries: read where they are on the machine, and never asked for over a network.

The libraries are stood in for by modules that answer as they do; where they are installed themselves, they are asked.
"""

# ruff: noqa: E501  (a message stands on one line, as it is said)

from __future__ import annotations

import io
import os
import sys

import numpy as np
import pytest
from data_desk import samples, told

from netspec.data import catalogs
from netspec.shapes import Tensor

TWO = {"x": Tensor((None, 2))}

TFDS = """
class Label:
    names = ["p", "q"]
class Info:
    features = {"x": object(), "t": object(), "y": Label()}
class Builder:
    info = Info()
    def __init__(self, folder):
        self.folder = folder
    def as_data_source(self, split):
        import numpy as np
        if (self.folder / "tfrecord").exists():
            raise NotImplementedError("only ArrayRecord")
        if split not in ("train", "test"):
            raise ValueError(f"Unknown split {split!r}")
        start = 0 if split == "train" else 10
        start += 100 * (self.folder.name == "1.10.0")
        return [{"x": np.float32([start, at]), "t": "schön".encode(), "y": np.int64(at % 2)} for at in range(4)]
def builder_from_directory(folder):
    return Builder(folder)
"""
HF = """
import os
import pyarrow as pa
class ClassLabel:
    names = ["p", "q"]
class Value:
    pass
class Image:
    pass
class Rows:
    features = {"x": Value(), "t": Value(), "y": ClassLabel()}
    def __init__(self, start):
        self.start = start
    def with_format(self, name):
        assert name == "arrow"
        return self
    def __getitem__(self, which):
        x = [[float(self.start), float(at)] for at in range(4)]
        return pa.table({"x": x, "t": ["a", "b", "c", "d"], "y": [0, 1, 0, 1]})
def load_dataset(name, config=None, split=None):
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    if name != "org/tiny":
        raise FileNotFoundError(f"Dataset {name} is not cached\\nand more")
    if split not in ("train", "test"):
        raise ValueError(f"Unknown split {split!r}.")
    return Rows(0 if split == "train" else 10)
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine that has both libraries, and of each one set."""
    (tmp_path / "site").mkdir()
    for name, text in (("tensorflow_datasets", TFDS), ("datasets", HF)):
        (tmp_path / "site" / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "sets"))
    for version in ("1.9.0", "1.10.0"):
        folder = tmp_path / "sets" / "tiny" / version
        folder.mkdir(parents=True)
        (folder / "dataset_info.json").touch()
    yield tmp_path
    for name in ("tensorflow_datasets", "datasets"):
        sys.modules.pop(name, None)


#: A source, and the first number of its first sample.
READ = [
    ("tfds:tiny", 100),
    ("tfds:tiny:1.9.0", 0),
    ("tfds:tiny:1.9.0#test", 10),
    ("hf:org/tiny", 0),
    ("hf:org/tiny#test", 10),
]


@pytest.mark.parametrize(("source", "first"), READ)
def test_a_set_that_is_there(machine, source, first):
    found = samples(machine, f'source = "{source}"\ninputs = "x"\ntarget = "y"', TWO)
    assert found.inputs["x"].tolist() == [[first, at] for at in range(4)]
    assert found.classes == {"out": ["p", "q"]}
    assert found.source == source
    assert "HF_HUB_OFFLINE" not in os.environ


def test_texts_of_a_set(machine):
    found = samples(machine, 'source = "tfds:tiny"\ninputs = "t"', {"t": Tensor((None,), "string")}, targets=False)
    assert found.inputs["t"].tolist() == ["schön"] * 4


def test_the_digest_tells_sets_apart(machine):
    assert (
        len({samples(machine, f'source = "{source}"\ninputs = "x"\ntarget = "y"', TWO).digest for source, _ in READ})
        == 5
    )


REFUSED = [
    ("tfds:other", "no-file: 'other' is not on this machine (it would be in {folder}/sets/other): tfds build other --file_format=array_record"),
    ("tfds:tiny/large", "no-file: 'tiny/large' is not on this machine (it would be in {folder}/sets/tiny/large): tfds build tiny/large --file_format=array_record"),
    ("tfds:tiny:2.0.0", "no-file: 'tiny' is not on this machine (it would be in {folder}/sets/tiny): tfds build tiny --file_format=array_record"),
    ("tfds:tiny#dev", "bad-data: 'tiny' cannot be read: Unknown split 'dev'"),
    ("hf:other", "no-file: 'other' cannot be read from this machine (Dataset other is not cached): python -c 'import datasets; datasets.load_dataset(\"other\")'"),
    ("hf:other:small", "no-file: 'other' cannot be read from this machine (Dataset other is not cached): python -c 'import datasets; datasets.load_dataset(\"other\", \"small\")'"),
    ("hf:org/tiny#dev", "no-file: 'org/tiny' cannot be read from this machine (Unknown split 'dev'): python -c 'import datasets; datasets.load_dataset(\"org/tiny\")'"),
    ("hf:sets", "unknown-source: 'sets' is a folder or a file here, which the library would take for the set"),
    ("tfds:", "unknown-source: 'tfds:' names no set: tfds:NAME, or tfds:NAME#SPLIT such as \"#test\""),
    ("tfds:../tiny", "unknown-source: 'tfds:../tiny' names no set: tfds:NAME, or tfds:NAME#SPLIT such as \"#test\""),
    ("tfds:tiny/..", "unknown-source: 'tfds:tiny/..' names no set: tfds:NAME, or tfds:NAME#SPLIT such as \"#test\""),
    ("tfds:huggingface:tiny", "unknown-source: 'tfds:huggingface:tiny' names no set: tfds:NAME, or tfds:NAME#SPLIT such as \"#test\""),
    ("hf:../secret", "unknown-source: 'hf:../secret' names no set: hf:NAME, or hf:NAME#SPLIT such as \"#test\""),
    ("hf:/etc", "unknown-source: 'hf:/etc' names no set: hf:NAME, or hf:NAME#SPLIT such as \"#test\""),
    ("hf:http://host/d", "unknown-source: 'hf:http://host/d' names no set: hf:NAME, or hf:NAME#SPLIT such as \"#test\""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_a_set_that_is_not_there(machine, source, message):
    message = message.replace("{folder}", str(machine))
    assert told(machine, f'source = "{source}"', TWO) == f"m.toml:2:10: {message}".replace(f"{machine}/", "")


def test_a_set_in_files_that_only_tensorflow_reads(machine):
    (machine / "sets" / "tiny" / "1.10.0" / "tfrecord").touch()
    assert told(machine, 'source = "tfds:tiny"', TWO) == (
        "m.toml:2:10: bad-data: 'tiny' is here in files that only TensorFlow reads: tfds build tiny --file_format=array_record"
    )


@pytest.mark.parametrize(
    ("source", "package", "extra"), [("tfds:mnist", "tensorflow-datasets", "tfds"), ("hf:mnist", "datasets", "hf")]
)
def test_a_library_that_is_not_there(tmp_path, monkeypatch, source, package, extra):
    monkeypatch.setattr(catalogs, "find_spec", lambda name: None)
    assert told(tmp_path, f'source = "{source}"', TWO) == (
        f"m.toml:2:10: not-installed: '{source}' needs {package}, which is not installed: "
        f'python -m pip install "netspec-keras[{extra}]"'
    )


def test_images_of_a_set(machine):
    image = pytest.importorskip("PIL.Image", reason="Pillow reads images, and is not installed")
    made = []
    for size in ((3, 2), (3, 2), (4, 2)):
        stream = io.BytesIO()
        image.new("RGB", size, (size[0], 5, 9)).save(stream, "PNG")
        made.append({"bytes": stream.getvalue(), "path": None})
    from netspec.data.columns import Columns
    from netspec.problems import SpecError

    columns = Columns("hf:tiny", {})
    found = catalogs._images(columns, "image", made[:2])
    assert found.shape == (2, 2, 3, 3)
    assert found[0, 0, 0].tolist() == [3, 5, 9]
    with pytest.raises(SpecError, match=r"'image' has shape \(2, 4, 3\), the first one \(2, 3, 3\) \(sample 2\)"):
        catalogs._images(columns, "image", made)
    with pytest.raises(SpecError, match=r"'image': the image is not in the set itself \(sample 0\)"):
        catalogs._images(columns, "image", [{"bytes": None, "path": "/etc/passwd"}])
    with pytest.raises(SpecError, match=r"hf:tiny image 0.*: is no whole JPEG or PNG image"):
        catalogs._images(columns, "image", [{"bytes": made[0]["bytes"][:-30]}])


# --- the libraries themselves


def test_tensorflow_datasets_itself(tmp_path, monkeypatch):
    tfds = pytest.importorskip("tensorflow_datasets", reason="tensorflow-datasets is not installed")
    pytest.importorskip("array_record", reason="array-record is not installed")

    class Tiny(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            label = tfds.features.ClassLabel(names=["p", "q"])
            number = tfds.features.Tensor(shape=(2,), dtype=np.float32)
            return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict({"x": number, "y": label}))

        def _split_generators(self, manager):
            return {"train": self._rows(8), "test": self._rows(2)}

        def _rows(self, count):
            for at in range(count):
                yield at, {"x": np.float32([at % 2, 5]), "y": at % 2}

        def _generate_examples(self):
            raise NotImplementedError

    Tiny(data_dir=str(tmp_path), file_format="array_record").download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    found = samples(tmp_path, 'source = "tfds:tiny"\ntarget = "y"', TWO)
    assert len(found) == 8
    assert found.inputs["x"][:, 0].tolist() == found.targets["out"].tolist()
    assert len(samples(tmp_path, 'source = "tfds:tiny#test"\ntarget = "y"', TWO)) == 2


def test_hugging_face_datasets_itself(tmp_path):
    pytest.importorskip("datasets", reason="datasets is not installed")
    message = told(tmp_path, 'source = "hf:nobody-at-all/tiny"', TWO)
    assert message.startswith("m.toml:2:10: no-file: 'nobody-at-all/tiny' cannot be read from this machine (")
