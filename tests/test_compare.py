"""Finished runs beside one another: figures, what is best, what differs, and folders that are no runs."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.parts.term import snake
from netspec.parts.words import METRICS
from netspec.runs import Run
from netspec.runs.better import better
from netspec.runs.compare import compared
from netspec.runs.page import page

PARTS = "validation = 0.25"
SPEC = """
name = "{name}"
inputs.x = [4]
layers = [
  {{ name = "a", type = "Dense", units = {units}, activation = "relu" }},
  {{ name = "kind", type = "Dense", units = 3, activation = "softmax" }},
]
[data]
source = "d.csv"
target = "kind"
{parts}
[train]
loss = "sparse_categorical_crossentropy"
optimizer = {{ type = "Adam", learning_rate = {rate} }}
metrics = ["accuracy"]
epochs = {epochs}
seed = {seed}
"""


def left(folder, loss=0.5, accuracy=0.8, data="a" * 64, epochs=3, stopped=False, seconds=None, **said):
    """What a finished run leaves, but for what only Keras reads."""
    folder.mkdir(parents=True)
    said = {"name": folder.parent.name, "units": 8, "rate": 0.01, "epochs": epochs, "seed": 3, "parts": PARTS, **said}
    (folder / "spec.toml").write_text(SPEC.format(**said))
    lock = {"source": "d.csv", "sha256": data, "columns": {}, "classes": {}}
    (folder / "lock.json").write_text(json.dumps({"data": lock}))
    metrics = {part: {"loss": loss + shift, "accuracy": accuracy} for part, shift in (("train", 0), ("validation", 1))}
    table = {"epochs": epochs, "stopped": stopped, "metrics": metrics}
    (folder / "metrics.json").write_text(json.dumps({**table, **({} if seconds is None else {"seconds": seconds})}))
    with (folder / "history.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"])
        writer.writerows([at, loss + 1 / at, accuracy, loss + 2 / at, accuracy, 0.01] for at in range(1, epochs + 1))
    for name in ("model.keras", "report.html"):
        (folder / name).touch()
    return Run(folder)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with three runs of one net and one of another."""
    monkeypatch.chdir(tmp_path)
    left(Path("runs/net/1a"))
    left(Path("runs/net/2b"), loss=0.4, accuracy=0.7, rate=0.001, stopped=True, seconds=12.5)
    left(Path("runs/net/3c"), loss=0.9, accuracy=0.8, units=16)
    left(Path("runs/other/4d"), data="b" * 64)
    return tmp_path


def told(*arguments):
    done = CliRunner().invoke(main, ["compare", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_how_layers_were_pretrained_is_a_difference(here):
    runs = [Run(Path(f"runs/deep/{at}")) for at in range(3)]
    for run, pretrain in zip(
        runs, ("", "\n[pretrain]\nmethod = 'rbm'", "\n[pretrain]\nmethod = 'rbm'\nk = 2"), strict=True
    ):
        left(run.folder, parts=PARTS + pretrain)
        run.spec.write_text(run.spec.read_text().replace('activation = "relu"', 'activation = "sigmoid"'))
    found, _ = compared(runs)
    assert [each.told for each in found.runs] == [
        [],
        ["pretrain.method none → rbm"],
        ["pretrain.method none → rbm", "pretrain.k none → 2"],
    ]


def test_the_table(here):
    assert told("runs/net/1a", "runs/net/2b", "runs/net/3c") == (
        0,
        """\
   train               validation
     loss   accuracy        loss   accuracy   parameters  epochs  seconds
1  0.5000     0.8000*     1.5000     0.8000*          67       3
2  0.4000*    0.7000      1.4000*    0.7000           67       3     12.5
3  0.9000     0.8000*     1.9000     0.8000*         131       3

* the best of its column

1  runs/net/1a
2  runs/net/2b, stopped by itself
     train.optimizer.learning_rate 0.01 → 0.001
3  runs/net/3c
     a Dense: units 8 → 16
""",
        "",
    )


def test_one_run_has_nothing_best(here):
    code, text, _ = told("runs/net/1a")
    assert (code, "*" in text, "1  runs/net/1a" in text) == (0, False, True)


@pytest.mark.parametrize("word", ["net", "net.toml", "runs/net"])
def test_a_spec_means_all_its_finished_runs(here, word):
    Path("net.toml").write_text(Path("runs/net/1a/spec.toml").read_text())
    Path("runs/net/unfinished").mkdir()
    code, text, _ = told(word, "--json")
    assert (code, len(json.loads(text)["runs"])) == (0, 3)


def test_json(here):
    found = json.loads(told("net", "--json")[1])
    assert found["best"] == {
        "train": {"loss": [1], "accuracy": [0, 2]},
        "validation": {"loss": [1], "accuracy": [0, 2]},
    }
    assert (found["same_data"], found["notes"], found["unreadable"]) == (True, [], [])
    assert found["runs"][1] == {
        "run": "runs/net/2b",
        "name": "net",
        "epochs": 3,
        "stopped": True,
        "seconds": 12.5,
        "parameters": 67,
        "data": "a" * 64,
        "metrics": {"train": {"loss": 0.4, "accuracy": 0.7}, "validation": {"loss": 1.4, "accuracy": 0.7}},
        "differs": ["train.optimizer.learning_rate 0.01 → 0.001"],
    }


@pytest.mark.parametrize(
    ("said", "note", "marked"),
    [
        (
            {"data": "b" * 64},
            "their data are not the same, so figures are not comparable and none is marked (1: aaaaaaaa, 2: bbbbbbbb)",
            False,
        ),
        *(
            (said, "their samples are divided otherwise ([data] or seed), so parts of one name are not the same", True)
            for said in (
                {"seed": 4},
                {"parts": f"{PARTS}\nstream = true"},
                {"parts": 'validation_source = "e.csv"'},
                {"parts": f"{PARTS}\nlabelled = 9"},
                {"parts": f"{PARTS}\nwindow = {{ sequence_length = 1 }}"},
            )
        ),
    ],
)
def test_figures_that_mean_something_else_are_told(here, said, note, marked):
    left(Path("runs/net/5e"), loss=0.1, **said)
    code, text, _ = told("runs/net/1a", "runs/net/5e")
    assert code == 0
    assert f"note: {note}\n" in text
    assert ("*" in text) == marked


def spoiled(run, name, content):
    path = run.folder / name
    path.write_text(content) if content is not None else path.unlink()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("metrics.json", None, "is not the folder of a finished run"),
        ("metrics.json", "{", "metrics.json cannot be read back: "),
        ("metrics.json", "[]", "metrics.json is not what a run leaves"),
        ("metrics.json", '{"epochs": 1, "stopped": false, "metrics": []}', "is not what a run leaves"),
        ("metrics.json", '{"epochs": 1, "stopped": false, "metrics": {"train": {"loss": "x"}}}', "could not convert"),
        ("metrics.json", "[" * 100_000, "is not what a run leaves: "),
        ("history.csv", "epoch,loss\n1,many\n", "could not convert string to float: 'many'"),
        ("lock.json", '{"data": {}}', "lock.json is not what a run leaves"),
        ("spec.toml", "layers = 3", "spec.toml cannot be read back: "),
        ("spec.toml", None, "spec.toml cannot be read back: "),
    ],
)
def test_a_run_that_cannot_be_read_is_one_line_and_the_others_are_shown(here, name, content, message):
    spoiled(Run(Path("runs/net/2b")), name, content)
    code, text, wrong = told("runs/net/1a", "runs/net/2b", "runs/net/3c")
    assert code == 1
    assert re.fullmatch(r"netspec: runs/net/2b[^\n]*\n", wrong)
    assert message in wrong
    assert "2  runs/net/3c" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "netspec: nothing is no run, and no spec of which runs has runs"),
        (["new.toml"], "netspec: new.toml has no finished run in runs: netspec train new.toml"),
        (["net", "-o", "none/a.html"], "netspec: none/a.html: No such file or directory"),
        (["net", "-o", "a.png"], "Error: a comparison's page ends in .html, not in '.png'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(here, arguments, message):
    Path("new.toml").write_text(SPEC.format(name="new", units=1, rate=1.0, epochs=1, seed=1, parts=PARTS))
    code, _, wrong = told(*arguments)
    assert (code, wrong.strip().splitlines()[-1]) == (2 if "a.png" in arguments else 1, message)


def test_the_page_holds_all_and_runs_nothing(here, browser):
    code, text, _ = told("net", "-o", "a.html")
    assert (code, text.splitlines()[-1]) == (0, "a.html")
    tab, asked = browser.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: asked.append(message.text))
    tab.goto((here / "a.html").as_uri())
    assert [url.split("/")[-1] for url in asked] == ["a.html"]
    assert tab.locator("script").count() == 0
    assert tab.locator("svg .title").all_text_contents() == ["loss", "accuracy", "learning_rate"]
    colours = tab.locator("svg").first.locator(".line:not(.train)").evaluate_all(
        "lines => lines.map(line => getComputedStyle(line).stroke)")  # fmt: skip
    assert colours == ["rgb(0, 114, 178)", "rgb(213, 94, 0)", "rgb(0, 158, 115)"]
    assert tab.locator("td.best").all_inner_texts() == ["0.8000", "0.8000", "0.4000", "1.4000", "0.8000", "0.8000"]
    assert "train.optimizer.learning_rate 0.01 → 0.001" in tab.locator("li").all_inner_texts()
    tab.close()


def test_names_cannot_break_out_of_the_page(tmp_path):
    """A name in a folder, a figure and a value of a stranger."""
    evil = '<script>alert("1")</script>'
    run = left(tmp_path / "runs" / "net" / "<b>x", units=4)
    (run.folder / "history.csv").write_text(f'epoch,"{evil.replace(chr(34), chr(34) * 2)}"\n1,2\n2,nan\n3,4\n')
    (run.folder / "metrics.json").write_text(
        json.dumps({"epochs": 3, "stopped": False, "metrics": {evil: {evil: 1.0}}})
    )
    found, wrong = compared([run, left(tmp_path / "runs" / "net" / "2")])
    assert wrong == {}
    made = page(found)
    assert "<script" not in made
    assert "<b>x" not in made
    assert "&lt;script&gt;" in made


def test_a_loss_that_is_lost_is_shown_as_such(tmp_path):
    run = left(tmp_path / "net" / "1")
    text = run.folder.joinpath("metrics.json").read_text()
    run.folder.joinpath("metrics.json").write_text(text.replace('"loss": 0.5', '"loss": null'))
    run.folder.joinpath("history.csv").write_text("epoch,loss\n1,nan\n2,inf\n")
    code, said, _ = told(run.folder, "-o", tmp_path / "a.html")
    assert code == 0
    assert "not finite" in said


def test_every_metric_of_which_one_way_is_better_has_it():
    """What only sums up is neither; every other word, as it stands in a log, rises or falls."""
    assert [word for word in METRICS.written if better(snake(word)) is None] == []
    assert [better(word) for word in ("mean", "sum")] == [None, None]
    falls = {"kld", "logcosh", "mae", "mape", "mse", "msle", "rmse", "poisson", "hinge", "false_positives"}
    rises = {"auc", "r2_score", "mean_io_u", "f1_score_0", "fbeta_score", "cosine_similarity", "digit_accuracy"}
    assert {better(name) for name in falls} == {"falls"}
    assert {better(name) for name in rises} == {"rises"}


def test_it_needs_no_tensorflow(here):
    import subprocess

    code = (
        "import sys; from click.testing import CliRunner; from netspec.cli import main\n"
        "done = CliRunner().invoke(main, ['compare', 'net', '-o', 'a.html']); assert done.exit_code == 0, done.output\n"
        "assert not {'tensorflow', 'keras', 'numpy', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
