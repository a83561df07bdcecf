"""Runs emitted code where nothing of netspec can be imported, and tells where its models differ from those expected.

``python plain_keras.py FOLDER``: beside each ``NAME.py`` stand ``NAME.json`` (what ``described`` says of the model that
is expected) and ``NAME.npz`` (what ``answers`` gives).  Prints a JSON object: for each name what is wrong.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


class NoNetspec:
    """Lets nobody import netspec."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "netspec":
            raise ImportError(f"emitted code imports {name}")


def described(model):
    """The configuration, without seeds, and the counts of a model."""
    trained = sum(weight.value.numpy().size for weight in model.trainable_weights)
    config = json.loads(json.dumps(seedless(model.get_config()), default=str))
    return {"config": config, "parameters": model.count_params(), "trained": trained}


def seedless(config):
    """A configuration without what is drawn at random where its author said nothing."""
    if isinstance(config, dict):
        return {key: seedless(value) for key, value in config.items() if key not in ("seed", "build_config")}
    return [seedless(item) for item in config] if isinstance(config, list | tuple) else config


def answers(model):
    """What a model answers to random numbers, its weights random numbers too: the same in every process."""
    import numpy as np

    rng = np.random.default_rng(0)
    for weight in model.weights:
        if "seed_generator" not in weight.path:
            kind = np.dtype(weight.dtype if "float" not in weight.dtype else "float32")
            weight.assign((0.1 + 0.2 * rng.random(weight.shape)).astype(kind))
    given = [sample(rng, each) for each in model.inputs]
    made = model(given if len(given) > 1 else given[0])
    import keras

    arrays = [np.asarray(plain(each)) for each in keras.tree.flatten(made)]
    return [array.astype("S") if array.dtype == object else array for array in arrays]


def plain(tensor):
    import tensorflow as tf

    if isinstance(tensor, tf.SparseTensor):
        tensor = tf.sparse.to_dense(tensor)
    return tf.cast(tensor, "float32") if tensor.dtype == "bfloat16" else tensor


def sample(rng, tensor):
    """Random numbers, or texts, of which a tensor may be."""
    import tensorflow as tf

    shape = [dim or 12 for dim in tensor.shape]
    if tensor.dtype == "string":
        return tf.constant(rng.choice(["a", "b", "c d"], shape).tolist(), shape=shape)
    if "float" in tensor.dtype:
        return tf.cast(rng.random(shape), tensor.dtype)
    return tf.cast(rng.integers(0, 2, shape), tensor.dtype)


def wrong_with(path):
    """What is wrong with the model of a module, empty where nothing."""
    import keras
    import numpy as np

    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    keras.backend.clear_session()  # the names that Keras numbers begin anew
    try:
        module = runpy.run_path(str(path))
        model = module["build"](**expected.get("arguments", {}))
        if "compile_model" in module:
            module["compile_model"](model)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    found = described(model)
    for key in ("parameters", "trained"):
        if found[key] != expected[key]:
            return f"{found[key]} {key}, not {expected[key]}"
    if found["config"] != expected["config"]:
        return "another configuration: " + first_difference(found["config"], expected["config"])
    if path.with_suffix(".npz").exists():
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
            wanted = [file[key] for key in file]
        for made, want in zip(answers(model), wanted, strict=True):
            if not np.array_equal(made, want, equal_nan=made.dtype.kind == "f"):
                return "other outputs"
    return ""


def first_difference(found, expected, at=""):
    """Where two configurations differ first."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = [(key, found[key], expected[key]) for key in found]
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = list(zip(range(len(found)), found, expected, strict=True))
    else:
        return f"{at}: {str(found)[:300]}, not {str(expected)[:300]}"
    return next((first_difference(a, b, f"{at}/{key}") for key, a, b in pairs if a != b), "")


def main(folder):
    sys.meta_path.insert(0, NoNetspec)
    sys.path[:] = [each for each in sys.path if "netspec" not in each]
    warnings.simplefilter("ignore")
    import keras

    keras.backend.clear_session()
    gc.freeze()  # each collection goes through what the models left, not through all of TensorFlow
    said = {}
    for path in sorted(Path(folder).glob("*.py")):
        said[path.stem] = wrong_with(path)
    assert "netspec" not in sys.modules
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
