"""``[train]`` in Keras' words: how the model is compiled, and what ``fit`` is called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netspec.code.adapting import adapting, adapting_comment, of_columns
from netspec.code.augment import augmented, batched
from netspec.code.tree import INDENT, Call, Items, Tree, comment, laid_out, quoted, sequence
from netspec.graph.pretraining import pretrained
from netspec.parts.term import Term

if TYPE_CHECKING:
    from netspec.code.module import Module


def training(module: Module) -> list[list[str]]:
    """The functions that compile and train the model; none where the spec does not say."""
    graph = module.graph
    if graph.train is None:
        return [*adapting(module), *([comments] if (comments := _data(module)) else [])]
    changes = augmented(module)
    return [_compiled(module), *adapting(module), *([changes] if changes else []), _fitted(module)]


def _compiled(module: Module) -> list[str]:
    train, writer = module.graph.train, module.writer
    assert train
    names = [str(ref) for ref in module.graph.outputs]
    arguments: list[tuple[str, Tree]] = [("optimizer", writer.part(train.optimizer))]
    arguments.append(("loss", _by_output(train.loss, names, writer.part)))
    if train.loss_weights is not None:
        arguments.append(("loss_weights", _by_output(train.loss_weights, names, writer.value, "1.0")))
    if train.metrics:
        each = _by_output(train.metrics, names, lambda terms: sequence([writer.part(one) for one in terms]), "[]")
        arguments.append(("metrics", each))
    lines = _said(module, ("loss", "optimizer", "metrics", "loss_weights"))
    head = ["def compile_model(model):", f'{INDENT}"""Compile `model` for training."""']
    return [*head, *lines, *laid_out("", Call("model.compile", tuple(arguments)), indent=INDENT)]


def _fitted(module: Module) -> list[str]:
    train, writer = module.graph.train, module.writer
    assert train
    callbacks: list[Tree] = [
        writer.part_call(term) for term in (train.early_stopping, train.reduce_lr_on_plateau) if term is not None
    ]
    weights = train.class_weight
    changes = augmented(module)
    given: list[tuple[str, Tree]] = [("", "x"), ("", "y"), ("batch_size", repr(train.batch_size))]
    arguments: list[tuple[str, Tree]] = [("", "augmented(batches)"), ("shuffle", "False")] if changes else given
    arguments.append(("epochs", repr(train.epochs)))
    parameters = "model, x, y, validation_data=None"
    arguments.append(("validation_data", "validation_data"))
    numbers = isinstance(weights, dict) and all(key.isascii() and key.isdigit() for key in weights)
    if weights is not None and not numbers:
        parameters += ", class_weight=None"
        arguments.append(("class_weight", "class_weight"))
    elif weights is not None:
        items = tuple((f"{int(key)}: ", writer.value(each)) for key, each in weights.items())
        arguments.append(("class_weight", Items("{", "}", items)))
    if callbacks:
        arguments.append(("callbacks", sequence(callbacks)))
    lines = [f"def train({parameters}):", f'{INDENT}"""Train `model` and return its history."""']
    lines += [f"{INDENT}{line}" for line in [*_data(module), *_pretrained(module)]]
    if weights is not None and not numbers:
        said = "balanced by their number" if weights == "balanced" else f"weighted by their names: {weights}"
        lines += comment([f"The classes are {said}."], INDENT)
    keys = ("batch_size", "epochs", "seed", "class_weight", "early_stopping", "reduce_lr_on_plateau")
    lines += _said(module, keys)
    lines.append(f"{INDENT}keras.utils.set_random_seed({train.seed})")
    lines += adapting_comment(module.graph)
    lines += batched(module) if changes else []
    return [*lines, *laid_out("return ", Call("model.fit", tuple(arguments)), indent=INDENT)]


def _said(module: Module, keys: tuple[str, ...]) -> list[str]:
    """The comments of the author on those keys of ``[train]``."""
    found = [module.comments.of(("train", key) if key else ("train",)) for key in keys]
    return [line for said in found for line in comment((*said.above, *said.beside), INDENT)]


def _data(module: Module) -> list[str]:
    """What the spec says of its data, as a comment: reading them is no matter of Keras."""
    data = module.graph.data
    if data is None:
        return []
    parts = [f"{100 * part:g} % for {name}" for name in ("validation", "test") if (part := getattr(data, name))]
    text = f"The spec takes its samples from {quoted(data.source)}"
    for key in ("inputs", "target"):
        if (columns := getattr(data, key)) is not None:
            text += f", {key} {_columns(columns)}"
    text += f"; {' and '.join(parts)} are held out" if parts else ""
    own = [(name, source) for name in ("validation", "test") if (source := getattr(data, f"{name}_source"))]
    text += "".join(f", those for {name} from {quoted(source)}" for name, source in own)
    text += f"; {data.labelled:,} of the others are labelled." if data.labelled else "."
    said = [module.comments.of(("data", *key)) for key in [(), *((key,) for key in data.stated)]]
    text = " ".join([text, *of_columns(module.graph)])
    return [*(line for each in said for line in comment((*each.above, *each.beside))), *comment([text])]


def _pretrained(module: Module) -> list[str]:
    """What a run does before all this, as a comment: Keras trains no layer alone, so that here it is not done."""
    pretrain = module.graph.pretrain
    if pretrain is None:
        return []
    what = {"rbm": "restricted Boltzmann machines", "autoencoder": "denoising autoencoders"}[pretrain.method]
    text = f"The spec pretrains {', '.join(pretrained(module.graph))} as {what}, which Keras cannot."
    said = [module.comments.of(("pretrain", *key)) for key in [(), *((key,) for key in pretrain.stated)]]
    above = [line for each in said for line in comment((*each.above, *each.beside))]
    return [*above, *comment([text, "What came of it in another run can be had by model.load_weights."])]


def _columns(said: Any) -> str:
    if isinstance(said, dict):
        return ", ".join(f"{name} = {_columns(each)}" for name, each in said.items())
    return quoted(said) if isinstance(said, str) else "[" + ", ".join(map(quoted, said)) + "]"


def _by_output(value: Any, names: list[str], written: Any, none: str = "None") -> Tree:
    """What is said of each output, in their order; the same of all where it is not said by name."""
    table = value if isinstance(value, dict) and not isinstance(value, Term) else dict.fromkeys(names, value)
    items = [written(table[name]) if name in table else none for name in names]
    return items[0] if len(items) == 1 else sequence(items)
