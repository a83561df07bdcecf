"""``[data] augment``: what is refused at its place, and that training alone sees what it changes, to the same bits."""

from __future__ import annotations

import pytest
import tomli
import tomli_w

from netspec.graph import load
from netspec.graph.augment import augmenting
from netspec.graph.execution import chosen, with_xla
from netspec.layers import LAYERS
from netspec.layers.preprocessing import Seeded
from netspec.problems import SpecError

SPEC = """
name = "a"
inputs.image = {{ shape = [8, 8, {channels}], dtype = "{dtype}" }}
layers = ["Flatten", {{ name = "digit", type = "Dense", units = {units}, activation = "softmax" }}]
[data]
source = "d.npz"
validation = 0.25
{augment}
[train]
loss = "{loss}"
optimizer = "adam"
metrics = ["accuracy"]
epochs = 2
batch_size = 16
{train}
"""
TWO = """
inputs.a = [8, 8, 1]
inputs.b = [3]
layers = [
  { name = "f", type = "Flatten", inputs = "a" },
  { type = "Concatenate", inputs = ["f", "b"] },
  { name = "digit", type = "Dense", units = 3, activation = "softmax" },
]
[data]
source = "d.npz"
AUGMENT
[train]
loss = "categorical_crossentropy"
optimizer = "adam"
epochs = 2
"""
FLIP = 'augment = [{ type = "RandomFlip", mode = "horizontal" }]'


def spec(folder, augment="", loss="sparse_categorical_crossentropy", units=3, channels=1, dtype="float32", train=""):
    path = folder / "a.toml"
    (folder / "netspec.toml").touch()
    path.write_text(SPEC.format(**{key: value for key, value in locals().items() if key not in ("folder", "path")}))
    return path


def problem(path, *settings):
    with pytest.raises(SpecError) as raised:
        load(path, *settings)
    (found,) = raised.value.problems
    return f"{found.where(raised.value.source)[1].line}:{found.where(raised.value.source)[1].column} {found.message}"


@pytest.mark.parametrize(
    ("stated", "place", "message"),
    [
        ('augment = [{ type = "RandomFlip", mode = "horizontl" }]', "8:42", "did you mean 'horizontal'?"),
        ('augment = ["RandomFlop"]', "8:12", "no layer is called 'RandomFlop'; did you mean 'RandomFlip'?"),
        ('augment = ["Flatten"]', "8:12", "Flatten changes nothing at random"),
        ('augment = [{ type = "RandomFlip", name = "x" }]', "8:35", "a layer of 'augment' has no 'name'"),
        ('augment = [{ type = "RandomFlip", trainable = false }]', "8:35", "has no 'trainable'"),
        ("augment = 3", "8:11", "'augment' is a list of layers, not 3"),
        ('augment = "RandomFlip"', "8:11", "'augment' is a list of layers"),
        ('augment = [{ type = "RandomCrop", height = 6, width = 8 }]', "8:12", "its shape must stay"),
        ('augment = [{ type = "RandomHue", factor = 0.5 }]', "8:12", "takes images of 3 channels, not 1"),
        ('augment.imag = ["RandomFlip"]', "8:9", "no input is called 'imag'; did you mean 'image'?"),
        ('augment.image = ["RandomFlip", "Dropout"]', "8:32", "Dropout needs 'rate'"),
        ('augment = ["AugMix"]', "8:12", "AugMix cannot be repeated: it chooses by Python's own random numbers"),
        ('augment = ["MixUp"]', "8:12", "takes the number of one class, not shares of classes"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(tmp_path, stated, place, message):
    told = problem(spec(tmp_path, stated))
    assert told.startswith(place + " ")
    assert message in told


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"loss": "mse"}, "MeanSquaredError takes any numbers, not shares of classes"),
        ({"loss": "categorical_crossentropy", "train": 'class_weight = "balanced"'}, "weights are for samples"),
        ({"loss": "categorical_crossentropy"}, ""),
        ({"loss": "binary_crossentropy"}, ""),
    ],
)
def test_samples_are_blended_only_where_their_targets_can_be(tmp_path, more, message):
    path = spec(tmp_path, 'augment = ["CutMix"]', **more)
    if message:
        assert message in problem(path)
    else:
        load(path)


def test_of_several_inputs_each_is_augmented_by_name(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(TWO.replace("AUGMENT", 'augment = ["RandomFlip"]'))
    assert "a table by name here: augment.a = ..., augment.b = ..." in problem(path)
    path.write_text(TWO.replace("AUGMENT", 'augment.a = ["MixUp"]'))
    assert "for nets with one input and one output" in problem(path)
    path.write_text(TWO.replace("AUGMENT", 'augment.b = ["RandomFlip"]'))
    assert "takes 3 axes beside the batch" in problem(path)


@pytest.mark.parametrize(
    ("stated", "named"),
    [('"AugMix"', "aug_mix"), ('{ type = "Pipeline", layers = ["RandomFlip", "AugMix"] }', "pipeline")],
)
def test_a_net_with_a_layer_that_no_seed_fixes_is_read_and_not_trained(tmp_path, stated, named):
    path = spec(tmp_path, channels=3)
    text = path.read_text().replace('["Flatten"', f'[{stated}, "Flatten"')
    path.write_text(text)
    assert problem(path).startswith(f"4:11 {named}: AugMix cannot be repeated: it chooses by Python's own random")
    path.write_text(text[: text.index("[train]")])
    load(path)


def test_xla_compiles_no_step_that_augments(tmp_path):
    assert chosen(load(spec(tmp_path)), 100_000) == "xla"
    augmented = load(spec(tmp_path, FLIP))
    assert [chosen(augmented, 100_000), with_xla(augmented), with_xla(augmented, "GPU")] == ["xla update"] * 3


# --- training


@pytest.fixture
def desk(tmp_path):
    """A folder with samples, and no report."""
    pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
    import numpy as np
    from train_runs import unreported

    from netspec.train import train

    numbers = np.random.default_rng(3)
    x = numbers.integers(0, 256, (100, 8, 8, 1)).astype("uint8")
    b = numbers.normal(size=(100, 3)).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, a=x, b=b, y=numbers.integers(0, 3, 100))
    with unreported():
        yield lambda path, *settings: train(load(path, *settings), tmp_path / "runs", fresh=True)


def bits(run):
    import numpy as np

    with np.load(run.state) as file:
        return [file[name].tobytes() for name in file.files if name.startswith("variable")], run.history


def test_a_step_or_many_a_call_give_the_same_bits_and_the_seed_others(tmp_path, desk):
    stated = """augment = [
      { type = "RandomFlip", mode = "horizontal" },
      { type = "RandomTranslation", height_factor = 0.2, width_factor = 0.2 },
      "RandomErasing", "MixUp",
    ]"""
    path = spec(tmp_path, stated, "categorical_crossentropy", dtype="uint8")
    found = [bits(desk(path, f"train.execution={how}")) for how in ("step", "graph")]
    assert found[0] == found[1]
    assert bits(desk(path, "train.seed=1")) != found[0]
    assert bits(desk(path, "data.augment=[]")) != found[0]


def test_nothing_but_what_is_learned_from_is_changed(tmp_path, desk):
    """Where nothing is learned, validation gives the figures that it gives without augmentation, training others."""
    import zipfile

    still = 'train.optimizer={type="SGD",learning_rate=1e-30}'
    plain = desk(spec(tmp_path), still)
    run = desk(spec(tmp_path, FLIP), still)
    assert [row["val_loss"] for row in run.history] == [row["val_loss"] for row in plain.history]
    assert [row["loss"] for row in run.history] != [row["loss"] for row in plain.history]
    assert run.metrics == plain.metrics
    with zipfile.ZipFile(run.model) as file:
        assert "RandomFlip" not in file.read("config.json").decode()
    from netspec.train.use import evaluated

    assert evaluated(run, None) == run.metrics


def test_each_input_has_its_own(tmp_path, desk):
    path = tmp_path / "two.toml"
    path.write_text(
        TWO.replace("AUGMENT", 'augment.a = ["RandomFlip"]\naugment.b = [{ type = "GaussianNoise", stddev = 0.5 }]')
    )
    assert {name: [*layers] for name, layers in augmenting(load(path)).items()} == {
        "a": ["random_flip"],
        "b": ["gaussian_noise"],
    }
    one, both = bits(desk(path)), bits(desk(path, 'data.augment={a=["RandomFlip"]}'))
    assert one != both


def test_the_code_of_a_spec_augments_what_fit_learns_from(tmp_path, desk):
    import numpy as np

    from netspec.code import emit

    (tmp_path / "two.toml").write_text(TWO.replace("AUGMENT", 'augment.b = [{ type = "GaussianNoise", stddev = 0.5 }]'))
    blending = spec(tmp_path, 'augment = ["RandomFlip", "MixUp"]', "categorical_crossentropy", dtype="uint8")
    y = np.eye(3)[np.arange(40) % 3]
    for path, x in (
        (blending, np.zeros((40, 8, 8, 1), "uint8")),
        (tmp_path / "two.toml", [np.zeros((40, 8, 8, 1)), y]),
    ):
        code: dict = {}
        exec(emit(load(path)), code)  # what netspec itself wrote
        model = code["build"]()
        code["compile_model"](model)
        assert len(code["train"](model, x, y).history["loss"]) == 2


MORE = {
    "RandomCrop": {"height": 8, "width": 8},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomColorJitter": {"brightness_factor": 0.5},
    "RandomPosterization": {"factor": 4},
    "RandomShear": {"x_factor": 0.5},
    "Solarization": {"threshold_factor": 0.5},
}
LEAVES = [name for name, cls in LAYERS.items() if issubclass(cls, Seeded) and not cls.unseeded]


def needed(name):
    """Arguments with which a layer changes images of 8 by 8."""
    cls = LAYERS[name]
    return MORE.get(name, {key: 0.5 for key in cls.arguments() if cls.model_fields[key].is_required()})


def test_every_layer_that_augments_does_and_goes_on_where_its_variables_are(desk):
    """A batch of another size is changed too; with its variables put back, a layer draws the same once more."""
    import numpy as np
    import tensorflow as tf

    from netspec.keras.construct import construct

    x = tf.constant(np.random.default_rng(0).uniform(0, 255, (12, 8, 8, 3)).astype("float32"))
    labels = tf.one_hot(tf.range(12) % 3, 3)
    changed = []
    for name in LEAVES:
        cls = LAYERS[name]
        layer = construct(cls(**needed(name)))
        before = [np.asarray(each) for each in layer.variables]

        def change(images, layer=layer, blends=cls.blends):
            if blends:
                return layer({"images": images, "labels": labels[: len(images)]}, training=True)["images"]
            return layer(images, training=True)

        first = np.asarray(change(x))
        assert change(x[:5]).shape == (5, 8, 8, 3), name
        assert len(layer.variables) == len(before) > 0, name
        for variable, value in zip(layer.variables, before, strict=True):
            variable.assign(value)
        assert np.asarray(change(x)).tobytes() == first.tobytes(), name
        changed += [name] if not np.array_equal(first, x) else []
    assert set(LEAVES) - set(changed) == {"RandomCrop"}  # of the input's own size there is one piece


@pytest.mark.parametrize(
    "names", [("RandomFlip", "RandomErasing", "MixUp"), pytest.param(LEAVES, marks=pytest.mark.long)], ids=len
)
def test_a_net_of_them_goes_on_to_the_same_bits(tmp_path, desk, names):
    """They stand among the layers, too, and draw on from where they were."""
    import numpy as np

    from netspec.train import train

    with np.load(tmp_path / "d.npz") as file:
        np.savez(tmp_path / "d.npz", x=file["x"].repeat(3, axis=-1), y=file["y"])
    path = spec(tmp_path, channels=3, train='execution = "step"')
    net = tomli.loads(path.read_text())
    rows = [{"type": name, **needed(name)} for name in names]
    path.write_text(tomli_w.dumps({**net, "layers": [*rows, *net["layers"]]}))
    train(load(path, "train.epochs=1"), tmp_path / "parts")
    assert bits(train(load(path), tmp_path / "parts")) == bits(desk(path))
