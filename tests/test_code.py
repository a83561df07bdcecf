"""Emitted code: run where netspec cannot be imported it makes the same model, and it reads as a person would write."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
import tomli_w
from click.testing import CliRunner
from hostile import HOSTILE, renamed

from netspec.cli import main
from netspec.code import emit
from netspec.graph import Graph, load, resolve
from netspec.source import Source
from netspec.spec import parse

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.toml"))
ZOO = sorted((ROOT / "specs" / "zoo").glob("*.toml"))
UNROLLED = sorted((ROOT / "tests" / "unrolled").glob("*.toml"))
EVERYTHING = ROOT / "tests" / "code" / "everything.toml"
CHILD = ROOT / "tests" / "plain_keras.py"
LARGEST = 5_000_000  # parameters that are filled with numbers


def graph(text: str, *settings: str) -> Graph:
    return resolve(parse(Source("net.toml", text), settings))


def build_of(code: str) -> str:
    """The function ``build`` of a module, without the rest."""
    return code[code.index("def build(") : code.index("\n\n\n", code.index("def build("))]


# --- the same model


class Bench:
    """Collects codes and the models that are expected of them, and runs all of them in one fresh interpreter."""

    def __init__(self, folder: Path):
        pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
        self.folder, self.count = folder, 0

    def add(self, expected: Graph, codes: dict[str, str], answers: bool = True, **arguments: object) -> None:
        """Codes by name, all of which make one model."""
        import keras
        import numpy as np
        from plain_keras import answers as answered
        from plain_keras import described

        from netspec.keras.build import build

        keras.backend.clear_session()
        model = build(expected)
        told = {**described(model), "arguments": arguments}
        arrays = None
        if answers and expected.parameters < LARGEST:
            with suppress(Exception):  # Keras raises what it likes at numbers that a layer does not take
                arrays = answered(model)
        for name, code in codes.items():
            path = self.folder / f"{name}.py"
            path.write_text(code, "utf-8")
            path.with_suffix(".json").write_text(json.dumps(told), "utf-8")
            self.count += 1
            if arrays is not None:
                np.savez(path.with_suffix(".npz"), *arrays)

    def run(self) -> None:
        done = subprocess.run([sys.executable, "-I", str(CHILD), str(self.folder)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        said = json.loads(done.stdout.splitlines()[-1])
        assert len(said) == self.count
        assert {name: wrong for name, wrong in said.items() if wrong} == {}
        ruff(self.folder)


def ruff(folder: Path) -> None:
    """The codes are as formatters and linters have them by default."""
    pytest.importorskip("ruff")
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(folder)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


#: What a reader may call ``build`` with, and the same said to netspec.
CHANGED = {
    "mlp": (SPECS[[path.stem for path in SPECS].index("digits_mlp")], {"width": 16}),
    "absent": (UNROLLED[[path.stem[:11] for path in UNROLLED].index("a_layer_lef")], {"deep": True}),
    "vars": (UNROLLED[[path.stem[:4] for path in UNROLLED].index("vars")], {"width": 3}),
    "everything": (EVERYTHING, {"width": 4, "deep": False, "act": "tanh"}),
    "everything_wide": (EVERYTHING, {"wide": 6}),
}


def test_the_code_of_every_small_spec_makes_the_same_model(tmp_path):
    bench = Bench(tmp_path)
    for path in [*SPECS, *UNROLLED, EVERYTHING]:
        bench.add(net := load(path), {f"{path.stem}_{flat}": emit(net, flat) for flat in (False, True)})
    for name, (path, given) in CHANGED.items():
        settings = [f"{var}={json.dumps(value)}" for var, value in given.items()]
        net = load(path, *settings)
        bench.add(net, {f"{name}_changed": emit(load(path))}, **given)
        bench.add(net, {f"{name}_set": emit(net)})
    bench.run()


@pytest.mark.long
def test_the_code_of_the_zoo_makes_the_same_model(tmp_path):
    bench = Bench(tmp_path)
    for path in ZOO:
        bench.add(net := load(path), {f"{path.stem}_{flat}": emit(net, flat) for flat in (False, True)})
    depths = {"depths": [2, 1, 2, 1]}
    bench.add(load(ZOO[-2], "depths=[2,1,2,1]"), {"resnet": emit(load(ZOO[-2]))}, **depths)
    bench.run()


#: Layers of which some calls end the process: TensorFlow divides whole numbers by zero.
FATAL = r"preprocessing\.|pooling\.Adaptive"


def random_graphs(bench: Bench, seeds: Iterable[int]) -> None:
    import gc

    import keras
    from random_graphs import drawn

    for seed in seeds:
        if seed % 50 == 0:
            keras.backend.clear_session()
            gc.collect()
        found = drawn(seed)
        if not found.calls or not found.good["layers"]:
            continue
        net = graph(tomli_w.dumps(found.good))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of much that is meant
            try:
                quiet = not any(re.match(FATAL, f"{node.layer.family()}.{node.type}") for node in net)
                bench.add(net, {f"r{seed}": emit(net, seed % 4 == 0)}, answers=quiet)
            except RuntimeError:  # Keras refuses a layer: an initializer that does not fit
                continue


def test_the_code_of_random_graphs_makes_the_same_model(tmp_path):
    bench = Bench(tmp_path)
    random_graphs(bench, [*range(80), 11_645, 12_090])  # in the last two, layers inside layers are frozen
    assert bench.count > 60
    assert len([*tmp_path.glob("*.npz")]) > 15
    bench.run()


@pytest.mark.long
def test_the_code_of_thousands_of_random_graphs_makes_the_same_model(tmp_path):
    bench = Bench(tmp_path)
    random_graphs(bench, range(10_000, 12_500))
    bench.run()


def test_what_stands_first_is_what_keras_takes_first():
    """The argument without a name is Keras' first, and every name of a part is one that Keras knows."""
    pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
    import inspect

    import keras

    from netspec.code.values import NAMELESS, leading
    from netspec.layers import LAYERS
    from netspec.parts import words

    for name, cls in LAYERS.items():
        first = leading(cls)
        if first and not cls.refused:
            assert next(iter(inspect.signature(getattr(keras.layers, name)).parameters)) == first, name
    unknown = []
    for vocabulary in (words.INITIALIZERS, words.REGULARIZERS, words.CONSTRAINTS, words.LOSSES, words.OPTIMIZERS):
        for name, cls in vocabulary.items():
            if cls.refused or any(field.is_required() for field in cls.model_fields.values()):
                continue
            try:
                getattr(keras, vocabulary.plural).get(cls().alone)
            except (KeyError, ValueError):
                unknown.append(name)
            except ImportError:  # STFT needs SciPy, by its name and without
                continue
    assert {*unknown} == {*NAMELESS, "Crossentropy"}, "the last is a word that `compile` knows"


# --- how it reads


def test_blocks_are_functions_and_repeats_are_loops():
    code = emit(load(ROOT / "specs" / "zoo" / "resnet50.toml"))
    assert "def bottleneck(inputs, filters=64, strides=2, index=0" in code
    assert "def build(depths=(3, 4, 6, 3), classes=1000) -> keras.Model:" in code
    assert '    for index in range(depths[1]):\n        x = bottleneck(x, filters=128, index=index, name=f"' in code
    assert len(code.splitlines()) < 100


def test_flat_code_has_neither():
    code = emit(load(ROOT / "specs" / "zoo" / "vgg16.toml"), flat=True)
    assert [line for line in code.splitlines() if re.match(" *(def|for) ", line)] == ["def build() -> keras.Model:"]
    assert 'name="block4.2.convs.3.conv"' in code


NET = "inputs.x = [4]\nlayers = [\n{}]\n"
#: Entries, and a piece of the code that comes of them.
READS = [
    ('"ReLU",', 'x = layers.ReLU(name="re_lu")(inputs)'),
    ('{ type = "Dense", units = 3, activation = "relu" },', 'layers.Dense(3, activation="relu", name="dense")(inputs)'),
    ('{ type = "Dense", units = 3, trainable = false },', 'layers.Dense(3, trainable=False, name="dense")'),
    ('{ type = "Dense", units = 3, kernel_initializer = "HeNormal" },', 'kernel_initializer="he_normal"'),
    (
        '{ type = "Dense", units = 3, kernel_initializer = { type = "HeNormal", seed = 1 } },',
        "kernel_initializer=initializers.HeNormal(seed=1)",
    ),
    ('{ type = "Dense", units = 3, kernel_regularizer = { l2 = 1e-5 } },', "regularizers.L1L2(l2=1e-5)"),
    ('{ type = "Reshape", target_shape = [4, 1] },', "layers.Reshape((4, 1), "),
    ('{ type = "Reshape", target_shape = [4] },', "layers.Reshape((4,), "),
    (
        '{ type = "Dense", units = 3 },\n"ReLU",\n{ type = "Add", inputs = ["dense", "re_lu"] },',
        "dense = layers.Dense(3, ",
    ),
    (
        '{ name = "a", type = "Dense", units = 3 },\n{ name = "b", share = "a", inputs = "x" },\n'
        '{ type = "Add", inputs = ["a", "b"] },',
        'x = layers.Add(name="add")([a_output, x])',
    ),
]


@pytest.mark.parametrize(("entries", "expected"), READS, ids=range(len(READS)))
def test_it_reads_as_a_person_would_write(entries, expected):
    assert expected in build_of(emit(graph(NET.format(entries))))


COMMENTED = """
# Before all.
# In two lines.

name = "net" # the title
inputs.x = [4] # four numbers

# Above the block.
[blocks.b]
vars = { units = 3 }
layers = [
  # Above a row.
  { type = "Dense", units = "${units}" }, # beside it
  { type = "Activation", activation = "relu" }, # "quoted" # twice  # netspec: ignore[x]
]

# Above a table.
[[layers]]
block = "b" # beside a key

[[layers]]
type = "Dense"
units = 2 # in
activation = "relu" # a table

# The end.
"""


def test_comments_stand_where_they_stood():
    lines = [line.strip() for line in emit(graph(COMMENTED)).splitlines()]

    def after(text: str) -> str:
        return lines[lines.index(text) + 1]

    assert lines[2:5] == ["# Before all.", "# In two lines.", "# the title"]
    assert after("# Above the block.").startswith("def b(")
    assert after("# Above a row.") == 'x = layers.Dense(units, name=f"{name}.dense")(x)  # beside it'
    assert any(line.endswith('(x)  # "quoted" # twice') for line in lines)
    assert after("# Above a table.") == 'x = b(inputs, name="b")  # beside a key'
    assert any(line.endswith("(x)  # in a table") for line in lines)
    assert 'inputs = keras.Input((4,), name="x")  # four numbers' in lines
    assert after("# The end.") == ""
    assert not any("ignore[" in line for line in lines)


def test_no_comment_is_lost():
    wanted = set(re.findall(r"# (\w[^#\n]*\w)", COMMENTED.replace("netspec: ignore[x]", "")))
    for flat in (False, True):
        code = emit(graph(COMMENTED), flat)
        assert {text for text in wanted if text not in code} <= {"Above the block"} if flat else wanted


def test_blocks_of_extended_files_come_along(tmp_path):
    (tmp_path / "base.toml").write_text('vars.n = 3\n# From the base.\n[blocks.b]\nlayers = ["ReLU"]\n')
    text = 'extends = "base.toml"\ninputs.x = [4]\nlayers = [{ block = "b", repeat = "${n}" }]\n'
    (tmp_path / "net.toml").write_text(text)
    code = emit(load(tmp_path / "net.toml", "n=2"))
    assert "# From the base.\ndef b(x, " in code
    assert "def build(n=2) -> keras.Model:" in code
    (tmp_path / "base.toml").write_text('vars.n = 3\n[blocks.b]\nlayers = ["ELU"]\n')
    gone = load(tmp_path / "net.toml", "n=2")
    (tmp_path / "base.toml").unlink()
    assert 'layers.ELU(name="b.2.elu")' in emit(gone), "from the graph alone"


def test_training_is_a_function_of_its_own():
    code = emit(load(ROOT / "specs" / "digits_mlp.toml"))
    assert "optimizer=keras.optimizers.Adam(learning_rate=0.002)," in code
    assert 'loss="sparse_categorical_crossentropy",' in code
    assert "keras.utils.set_random_seed(7)" in code
    assert "epochs=120," in code
    assert 'The spec takes its samples from "digits"; 20 % for validation and 20 % for test' in code
    assert "# Stop when the validation loss has not improved for 15 epochs" in code


def test_the_same_spec_gives_the_same_bytes():
    run = f"from netspec.cli import main; main(['code', {str(EVERYTHING)!r}])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", run], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "123"
    }
    assert len(printed) == 1


# --- hostile


def texts(code: str) -> list[str]:
    """Every text in a module."""
    return [each.value for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Constant)]


def calls(code: str) -> set[str]:
    """Everything that a module calls, by its name."""
    found = {ast.unparse(each.func).split("(")[0] for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Call)}
    return {name for name in found if name.startswith(("os.", "eval", "exec", "open", "__import__", "alert"))}


EVIL = [*HOSTILE, '"); import os; os.system("x"); ("', '"""\nimport os\n"""', "'''\nos.x()"]
EVIL += ["\\", '\\"', '"', '""', "\r\nimport os"]


@pytest.mark.parametrize("text", EVIL, ids=lambda text: ascii(text[:20]))
def test_a_hostile_description_stays_text(text):
    net = graph(NET.format('"ReLU",'))
    code = emit(type(net)(**{**vars_of(net), "description": text, "name": text}))
    code.encode("utf-8")
    tree = ast.parse(code)
    assert [type(each) for each in tree.body] == [ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.If]
    assert text in texts(code), "as the model's name"


def vars_of(net: Graph) -> dict[str, object]:
    return {key: getattr(net, key) for key in net.__dataclass_fields__}


@pytest.mark.parametrize("text", EVIL, ids=lambda text: ascii(text[:20]))
def test_hostile_names_stay_texts(text):
    net = load(ROOT / "specs" / "two_towers.toml")
    called = {name: f"{text}{at}" for at, name in enumerate([*net.inputs, *net.nodes])}
    code = emit(renamed(net, called))
    assert calls(code) == set()
    assert {called[node.name] for node in net if not node.is_shared} <= {*texts(code)}
    assert {called[name] for name in net.inputs} <= {*texts(code)}


@pytest.mark.parametrize("text", [each for each in EVIL if each.isprintable()], ids=lambda text: ascii(text[:20]))
def test_hostile_comments_stay_comments(text):
    net = '{0}name = "n"\ninputs.x = [4]\nlayers = [\n{0}"ReLU", {0}\n]\n'
    plain, said = (emit(graph(net.replace("{0}", more))) for more in ("", f"# {text}\n"))
    assert ast.dump(ast.parse(said)) == ast.dump(ast.parse(plain))


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff"])
def test_no_sign_in_a_comment_ends_or_turns_its_line(sign):
    code = emit(graph(f'# coding: utf-7\nname = "n"\ninputs.x = [4]\nlayers = ["ReLU"] # a{sign}import os\n'))
    assert sign not in code
    assert [each for each in code.split("\n")[:2] if each.startswith("#")] == [], "no line declares an encoding"
    assert "import os" not in [line.strip() for line in code.splitlines()]


@pytest.mark.parametrize(
    "value", ['"); import os; (', "' + x + '", "{name}", "a{import os}", "\\\\", "${width}{1}", '\\" + f(']
)
def test_hostile_values_stay_values(value):
    text = 'inputs.x = { shape = [1], dtype = "string" }\n'
    text += tomli_w.dumps({"vars": {"width": 2, "word": value.replace("${", "$${")}})
    text += '[[layers]]\ntype = "StringLookup"\nvocabulary = ["${word}", "b${width}"]\n'
    code = emit(graph(text))
    assert calls(code) == set()
    tree = ast.parse(code)
    assert value in texts(code), tree


# --- the command


def run(*words: str, given: str | None = None):
    return CliRunner().invoke(main, ["code", *words], input=given)


SMALL = str(ROOT / "specs" / "digits_mlp.toml")


def test_it_prints_or_writes_and_overwrites_only_what_it_would_write(tmp_path):
    path = tmp_path / "net.py"
    printed = run(SMALL).stdout
    assert run(SMALL, "-o", str(path)).stdout == f"{path}\n"
    assert path.read_text("utf-8") == printed == emit(load(SMALL))
    assert run(SMALL, "-o", str(path)).exit_code == 0, "it says the same already"
    refused = run(SMALL, "-o", str(path), "--set", "width=3")
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert path.read_text("utf-8") == printed
    assert run(SMALL, "-o", str(path), "--set", "width=3", "--force").exit_code == 0
    assert "def build(width=3)" in path.read_text("utf-8")
    assert run(SMALL, "-o", str(tmp_path / "no" / "net.py")).exit_code == 1


def test_it_reads_standard_input_and_json():
    given = json.dumps({"name": "n", "inputs": {"x": [4]}, "layers": ["ReLU"]})
    assert 'name="re_lu"' in run("-", "--flat", given=given).stdout
    wrong = run("-", given='{"inputs": {"x": [4]}, "layers": ["RLU"]}')
    assert (wrong.exit_code, wrong.stdout) == (1, "")


def test_it_needs_nothing_heavy():
    code = f"import sys; from netspec.code import emit; from netspec.graph import load; emit(load({SMALL!r}))"
    code += "; assert not {'keras', 'tensorflow', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_runner_notices(tmp_path):
    """What the codes are compared with can fail."""
    spec = importlib.util.spec_from_file_location("plain", CHILD)
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    with pytest.raises(ImportError):
        plain.NoNetspec.find_spec("netspec.graph")
    assert plain.first_difference({"a": [1, 2]}, {"a": [1, 3]}) == "/a/1: 2, not 3"
    assert plain.seedless({"a": [{"seed": 3, "b": 1}]}) == {"a": [{"b": 1}]}
