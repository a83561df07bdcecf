"""What changed from one spec to another, in each of its texts; and what must hold of any two.

The files in ``diff/`` are named after what is edited: each edit is a base, the texts replaced in it, and the report.
"""

from __future__ import annotations

import difflib
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner
from random_graphs import drawn
from test_light import RUN, heavy_after

from netspec.cli import main
from netspec.diff import Diff, diff
from netspec.diff.markdown import markdown
from netspec.diff.mermaid import flowchart
from netspec.diff.report import report
from netspec.diff.text import text
from netspec.graph import Graph, load, resolve
from netspec.graph.written import document
from netspec.source import Source
from netspec.spec import parse

HERE = Path(__file__).parent
ZOO = HERE.parent / "specs" / "zoo"
SPECS = sorted((HERE.parent / "specs").rglob("*.toml"))
BASES = tomli.loads((HERE / "diff" / "bases.toml").read_text("utf-8"))
EDITS = [
    (file.stem, edit)
    for file in sorted((HERE / "diff").glob("*.toml"))
    if file.stem != "bases"
    for edit in tomli.loads(file.read_text("utf-8"))["edit"]
]
NAMES = [f"{kind}: {edit['title']}" for kind, edit in EDITS]


def graph_of(spec: str | dict) -> Graph:
    """The graph of a spec's text, or of a document."""
    if isinstance(spec, dict):
        return resolve(parse(Source("spec.json", json.dumps(spec))))
    return resolve(parse(Source("spec.toml", spec)))


def edited(edit: dict) -> str:
    spec = BASES[edit["base"]]
    for old, new in edit["replace"]:
        assert old in spec
        spec = spec.replace(old, new)
    return spec


def compared(edit: dict) -> Diff:
    return diff(graph_of(BASES[edit["base"]]), graph_of(edited(edit)))


@pytest.mark.parametrize(("kind", "edit"), EDITS, ids=NAMES)
def test_an_edit_is_reported_exactly(kind, edit):
    found = compared(edit)
    assert text(found) == edit["report"]
    assert found.same == (kind == "spelling")
    assert max(map(len, edit["report"].split("\n"))) <= 80


def test_there_are_many_edits():
    assert len({(edit["base"], str(edit["replace"])) for _, edit in EDITS}) >= 60


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=NAMES)
def test_an_edit_undone_is_reported_the_other_way_round(edit):
    there = compared(edit)
    back = diff(there.b, there.a)
    assert layers(back, "added") == layers(there, "removed")
    assert layers(back, "removed") == layers(there, "added")
    assert back.same == there.same
    assert (back.before, back.after) == (there.after, there.before)


def layers(found: Diff, kind: str) -> set[str]:
    """The layers that are added or removed, in rounds too."""
    grown = kind == "added"
    names = [name for change in found.of(kind) for name in change.layers or (change.name,)]
    for change in found.of("repeated"):
        names += change.layers if (change.rounds[1] > change.rounds[0]) == grown else ()
    assert len(names) == len(set(names))
    return set(names)


def explains(found: Diff) -> None:
    """Every layer and every number that one side has more is told of."""
    added, removed = layers(found, "added"), layers(found, "removed")
    assert added == found.b.nodes.keys() - set(found.pairs.values())
    assert removed == found.a.nodes.keys() - found.pairs.keys()
    grown = {change.name: change.parameters for change in found.changes if not change.block}
    told = sum(grown[name][1] - grown[name][0] for name in grown.keys() - added - removed)
    told += sum(found.b.nodes[name].parameters for name in added)
    told -= sum(found.a.nodes[name].parameters for name in removed)
    assert told == found.b.parameters - found.a.parameters
    assert found.weights.numbers <= min(found.weights.of)


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=NAMES)
def test_what_is_told_explains_the_figures(edit):
    explains(compared(edit))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_is_itself_however_it_is_spelled(path):
    graph = load(path)
    assert diff(graph, graph).changes == ()
    spelled = diff(graph, graph_of(document(graph)))
    assert (spelled.same, spelled.changes) == (True, ())


def a_random_graph(seed: int) -> Graph:
    return graph_of(drawn(seed).good)


SEEDS = range(0, 900, 9)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_graph_is_itself(seed):
    graph = a_random_graph(seed)
    assert diff(graph, graph).same
    assert not diff(graph, graph).changes
    other = graph_of(shuffled(document(graph), random.Random(seed)))
    changes = [change for change in diff(graph, other).changes if "as_model" not in str(change.arguments)]
    assert changes == []


def shuffled(value, rng):
    """A document with its keys in another order; lists stay as they are."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", SEEDS)
def test_renaming_every_layer_is_only_that(seed):
    table = document(a_random_graph(seed))
    other = renamed(table)
    found = diff(graph_of(table), graph_of(other))
    assert {change.change for change in found.changes} == {"renamed"}
    assert {change.was: change.name for change in found.changes} == {
        entry["name"]: new["name"] for entry, new in zip(table["layers"], other["layers"], strict=True)
    }
    assert not found.weights.new
    assert not found.weights.misfit


def renamed(table: dict) -> dict:
    """A document with another name for each layer."""
    names = {entry["name"]: f"new_{place}" for place, entry in enumerate(table["layers"])}

    def ref(value):
        if isinstance(value, dict):
            return {key: ref(item) for key, item in value.items()}
        if isinstance(value, list):
            return [ref(item) for item in value]
        name, colon, index = value.partition(":")
        return names.get(name, name) + colon + index

    entries = []
    for entry in table["layers"]:
        entry = {**entry, "name": names[entry["name"]], "inputs": ref(entry["inputs"])}
        entries.append({**entry, "share": names[entry["share"]]} if "share" in entry else entry)
    return {**table, "outputs": ref(table["outputs"]), "layers": entries}


@pytest.mark.parametrize("seed", SEEDS)
def test_two_random_graphs_are_told_apart_and_explained(seed):
    a, b = a_random_graph(seed), a_random_graph(seed + 4)
    found = diff(a, b)
    explains(found)
    bare = [{key: item for key, item in document(graph).items() if key != "name"} for graph in (a, b)]
    assert found.same == (bare[0] == bare[1])
    back = diff(b, a)
    assert layers(back, "added") == layers(found, "removed")
    assert text(found) == text(diff(a, b))
    assert json.loads(json.dumps(report(found)))["same"] == found.same


def without(table: dict, place: int) -> dict:
    """A document without one of its layers: who took it takes what it took."""
    gone = table["layers"][place]
    taken = next(iter(gone["inputs"].values())) if isinstance(gone["inputs"], dict) else gone["inputs"]
    taken = taken[0] if isinstance(taken, list) else taken

    def ref(value):
        if isinstance(value, dict):
            return {key: ref(item) for key, item in value.items()}
        if isinstance(value, list):
            return [ref(item) for item in value]
        return taken if value == gone["name"] else value

    entries = [{**entry, "inputs": ref(entry["inputs"])} for entry in table["layers"] if entry is not gone]
    return {**table, "outputs": ref(table["outputs"]), "layers": entries}


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "inception_v3", "mobilenet_v2", "vgg16"])
def test_one_layer_gone_is_found_though_every_name_is_another(name):
    table = document(load(ZOO / f"{name}.toml"))
    before = graph_of(table)
    free = ("BatchNormalization", "ReLU", "Dropout", "ZeroPadding2D") if name != "vgg16" else ("Conv2D",)
    places = [place for place, entry in enumerate(table["layers"]) if entry["type"] in free][2::45]
    for place in places:
        found = diff(before, graph_of(renamed(without(table, place))))
        told = [change for change in found.changes if change.change not in ("renamed", "shape")]
        assert [change.change for change in told] == ["removed"]
        assert told[0].type == table["layers"][place]["type"]  # of equal neighbours it may be the other
    assert places


STAGE4 = '[[layers]]\nname = "stage4"'
EXTRA = '[[layers]]\ntype = "Conv2D"\nfilters = 512\nkernel_size = 3\npadding = "same"\n\n'


def test_a_layer_in_the_middle_of_resnet50_is_one_addition():
    before = (ZOO / "resnet50.toml").read_text("utf-8")
    found = diff(graph_of(before), graph_of(before.replace(STAGE4, EXTRA + STAGE4)))
    assert [(change.change, change.name) for change in found.changes] == [("added", "conv2d")]
    assert found.changes[0].takes[1] == ("stage3.4.re_lu_2",)
    assert len(found.weights.fit) == 107
    assert found.weights.new == ("conv2d",)


@pytest.mark.long
def test_keras_own_text_changes_in_more_than_a_hundred_lines_for_it():
    pytest.importorskip("keras")
    from netspec.keras.build import build

    before = (ZOO / "resnet50.toml").read_text("utf-8")
    texts = []
    for spec in (before, before.replace(STAGE4, EXTRA + STAGE4)):
        config = json.loads(build(graph_of(spec)).to_json())
        texts.append(json.dumps(config, indent=2).split("\n"))
    lines = [line for line in difflib.unified_diff(*texts, lineterm="", n=0) if re.match(r"[-+](?![-+]{2} )", line)]
    assert len(lines) > 100
    assert "+1 added" in text(diff(graph_of(before), graph_of(before.replace(STAGE4, EXTRA + STAGE4))))


@pytest.mark.long
def test_resnet152_against_itself_in_a_process_takes_no_time(tmp_path):
    spec = (ZOO / "resnet50.toml").read_text("utf-8").replace("[3, 4, 6, 3]", "[3, 8, 36, 3]")
    for name, each in (("a", spec), ("b", spec.replace("classes = 1000", "classes = 10"))):
        (tmp_path / f"{name}.toml").write_text(each, "utf-8")
    command = [sys.executable, "-m", "netspec", "diff", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    times = []
    for _ in range(5):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append(time.perf_counter() - began)
    assert "units 1000 → 10" in done.stdout
    assert sorted(times)[2] < 1.5


def test_long_nets_that_have_little_in_common_take_no_time():
    def chain(*layers):
        return graph_of(
            {"inputs": {"x": [4]}, "blocks": {"b": {"layers": layers}}, "layers": [{"block": "b", "repeat": 1000}]}
        )

    net = chain("ReLU", "Softmax")
    began = time.process_time()
    for other in (chain("Softmax", "ELU"), chain("ReLU", {"type": "Softmax", "axis": 1}), chain("Softmax", "ReLU")):
        explains(diff(net, other))
    assert time.process_time() - began < 20


def run(*words: str, **options):
    return CliRunner().invoke(main, ["diff", *words], **options)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a spec that extends another, both changed after the commit."""
    monkeypatch.chdir(tmp_path)
    for name, value in (("HOME", str(tmp_path)), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    (tmp_path / "specs" / "shared").mkdir(parents=True)
    (tmp_path / "specs" / "shared" / "base.toml").write_text("vars.units = 8\ninputs.x = [4]\n", "utf-8")
    spec = 'extends = "shared/base.toml"\nlayers = [{ name = "out", type = "Dense", units = "${units}" }]\n'
    (tmp_path / "specs" / "net.toml").write_text(spec, "utf-8")
    (tmp_path / "specs" / "bad.toml").write_text('inputs.x = [4]\nlayers = ["Dens", "Dese"]\n', "utf-8")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")
    (tmp_path / "specs" / "shared" / "base.toml").write_text("vars.units = 16\ninputs.x = [4]\n", "utf-8")
    return tmp_path


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


@pytest.mark.parametrize(
    "words",
    [
        ("specs/net.toml",),
        ("HEAD:specs/net.toml", "specs/net.toml"),
        ("main:./specs/net.toml", "specs/net.toml"),
        (":specs/net.toml", "specs/net.toml"),
    ],
)
def test_a_revision_is_read_with_what_it_extends_there(repository, words):
    result = run(*words)
    assert "units 8 → 16" in result.output
    assert result.exit_code == 0


def test_a_path_is_relative_to_the_folder_where_git_takes_it_so(repository, monkeypatch):
    monkeypatch.chdir(repository / "specs")
    assert "units 8 → 16" in run("HEAD:./net.toml", "net.toml").output
    assert "units 8 → 16" in run("HEAD:specs/net.toml", "net.toml").output
    assert "units 8 → 16" in run("net.toml").output
    assert "units 8 → 16" in run(str(repository / "specs" / "net.toml")).output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere:specs/net.toml", "specs/net.toml"), 1, "nowhere"),
        (("HEAD:specs/none.toml", "specs/net.toml"), 1, "specs/none.toml"),
        (("HEAD:specs", "specs/net.toml"), 1, "HEAD:specs"),
        (("--", "-rf:specs/net.toml", "specs/net.toml"), 1, "no revision"),
        (("specs/new.toml",), 1, "specs/new.toml"),
        (("none/net.toml",), 1, "no folder"),
        (("specs/none.toml", "specs/net.toml"), 1, "there is no such file"),
        (("HEAD:specs/net.toml",), 2, "compared with another"),
        (("-",), 2, "compared with another"),
        (("-", "-"), 2, "not both"),
        ((), 2, "Missing argument"),
        (("specs/net.toml", "specs/net.toml", "--format", "svgg"), 2, "svgg"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_line(repository, words, code, said):
    result = run(*words)
    assert result.exit_code == code
    assert said in result.output
    assert "Traceback" not in result.output


def test_outside_of_a_repository_that_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    result = run("a.toml")
    assert result.exit_code == 1
    assert "not a git repository" in result.output


def test_the_problems_of_both_specs_are_told_as_check_tells_them(repository):
    result = run("HEAD:specs/bad.toml", "specs/bad.toml")
    assert result.exit_code == 1
    assert "HEAD:specs/bad.toml:2:11: unknown-layer" in result.output
    assert "\nspecs/bad.toml:2:11: unknown-layer" in result.output
    assert "4 problems" in result.output


def test_what_a_revision_extends_is_not_looked_for_outside_of_it(repository):
    (repository / "specs" / "later.toml").write_text("inputs.x = [4]\n", "utf-8")
    spec = 'extends = "later.toml"\nlayers = ["Flatten"]\n'
    (repository / "specs" / "net.toml").write_text(spec, "utf-8")
    git("add", "specs/net.toml")
    result = run(":specs/net.toml", "specs/net.toml")
    assert result.exit_code == 1
    assert "later.toml" in result.output


def test_the_exit_code_says_whether_they_differ_where_asked(repository):
    assert run("specs/net.toml", "--exit-code").exit_code == 1
    assert run("specs/net.toml", "specs/net.toml", "--exit-code").exit_code == 0
    spec = (repository / "specs" / "net.toml").read_text("utf-8").replace("shared/", "specs/shared/")
    piped = run("specs/net.toml", "-", input=spec + "# the same\n")
    assert (piped.exit_code, piped.output) == (0, "net → stdin\nsame network\n")


def test_json_is_the_contract(repository):
    for words in (("--json",), ("--format", "json")):
        told = json.loads(run("specs/net.toml", *words).output)
        assert told["same"] is False
        assert (told["parameters"], told["trainable"], told["macs"]) == ([40, 80], [40, 80], [32, 64])
        assert told["activations"] == [48, 80]
        (layer,) = told["layers"]
        assert (layer["change"], layer["name"], layer["type"]) == ("changed", "out", "Dense")
        assert layer["arguments"] == [{"path": "units", "before": 8, "after": 16}]
        assert layer["outputs"] == [[{"shape": [8], "dtype": "float32"}], [{"shape": [16], "dtype": "float32"}]]
        assert told["weights"]["misfit"][0]["arrays"] == {"kernel": [[4, 8], [4, 16]], "bias": [[8], [16]]}
        assert (told["inputs"], told["outputs"], told["data"], told["train"]) == ([], None, [], [])


#: Texts that a spec may hold, each where Markdown, HTML or Mermaid would take it for its own.
HOSTILE = [
    "<script>alert(1)</script>",
    "`code` ``` fence",
    "a | b\nc",
    "@everyone #1 [x](javascript:1) ![y](z)",
    '"]; click n0 "javascript:1"',
    "\x1b[31mred\x07\u202e",
    "%%{init: {}}%%",
    "`" * 500,
    "x" * 5000,
    "| --- |\n\n# head",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_only_a_text(words):
    base = {"inputs": {"x": [4]}, "layers": [{"name": "out", "type": "Dense", "units": 4}]}
    one = {**base, "description": "a", "data": {"source": "digits"}}
    other = {**base, "description": words, "data": {"source": words}}
    lookup = {"type": "StringLookup", "vocabulary": [words, "b"]}
    other["inputs"] = {**base["inputs"], "word": {"shape": [2], "dtype": "string"}}
    other["layers"] = [{"name": "out", "type": "Dense", "units": 4, "inputs": "x"}, {**lookup, "inputs": "word"}]
    found = diff(graph_of(one), graph_of(other))
    assert all(line.isprintable() and len(line) <= 200 for line in text(found).split("\n"))
    page = markdown(found)
    assert "\x1b" not in page
    assert "\u202e" not in page
    for line in page.split("```mermaid")[0].split("\n"):
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"<script|alert|javascript|everyone|fence", outside), line
        assert outside.startswith("|") == line.startswith("|")
    chart = page.split("```mermaid\n")[1].split("\n```")[0]
    for line in chart.split("\n"):
        assert re.fullmatch(
            r'flowchart TB|  n\d+\["[^"<>]*(<br>[^"<>]*)*"\]:::\w+|  n\d+ \S.*n\d+|  classDef [\w ,:;#-]+', line
        )


@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=NAMES)
def test_markdown_tells_the_same_and_draws_it(edit):
    found = compared(edit)
    page = markdown(found)
    told = {
        change.name for change in found.of("added", "removed", "changed", "moved", "rewired") if len(found.changes) < 4
    }
    assert all(name in page for name in told)
    assert ("Same network" in page) == found.same
    chart = flowchart(found)
    assert chart in page
    assert bool(chart) == ("```mermaid" in page)
    ids = set(re.findall(r"^  (n\d+)\[", chart, re.M))
    edges = re.findall(r"^  (n\d+) (-->|-\.->\|\.\.\.\||-\. was \.->) (n\d+)$", chart, re.M)
    assert {end for tail, _, head in edges for end in (tail, head)} <= ids
    assert len(chart.split("\n")) == len(ids) + len(edges) + (6 if chart else 1)


def test_a_comparison_of_nets_with_nothing_in_common_fits_into_a_comment():
    found = diff(load(ZOO / "densenet121.toml"), load(ZOO / "inception_v3.toml"))
    page = markdown(found)
    assert len(page) < 65_536
    assert page.count("<details>") == page.count("</details>")
    explains(found)


def test_a_terminal_gets_colours_and_a_pipe_none(repository, monkeypatch):
    assert "\x1b" not in run("specs/net.toml").output
    command = (
        "import sys; sys.stdout.isatty = lambda: True; from netspec.cli import main; main(['diff', 'specs/net.toml'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        text=True,
        env={"FORCE_COLOR": "1", "PATH": "/usr/bin:/bin"},
    )
    assert "\x1b[33m" in done.stdout
    assert "units 8 → 16" in done.stdout


def test_comparing_stays_light():
    spec = str(SPECS[0])
    for form in ("text", "markdown", "json"):
        assert heavy_after(RUN.format(["diff", spec, spec, "--format", form]) + "assert result.exit_code == 0") == set()


@pytest.mark.long
@pytest.mark.parametrize("name", ["digits_lenet", "digits_lstm", "two_towers", "zoo/resnet50"])
def test_a_spec_and_the_model_that_keras_saved_of_it_are_one_network(name, repository):
    pytest.importorskip("keras")
    from netspec.keras.build import build

    spec = HERE.parent / "specs" / f"{name}.toml"
    model = build(load(spec))
    model.save("model.keras")
    Path("model.json").write_text(model.to_json(), "utf-8")
    git("add", "model.keras", "model.json")
    title = load(spec).name
    for saved in ("model.keras", "model.json", ":model.keras", ":model.json"):
        for sides in ((str(spec), saved), (saved, str(spec))):
            result = run(*sides, "--exit-code")
            assert (result.exit_code, result.output) == (0, f"{title}\nsame network\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [("model.json", '{"class_name": "Functional"}'), ("model.keras", "PK\x03\x04"), ("model.h5", "no model")],
)
def test_a_saved_model_that_cannot_be_read_is_told_in_a_line(repository, name, text):
    Path(name).write_text(text, "utf-8")
    git("add", name)
    for side in (name, f":{name}"):
        result = run(side, "specs/net.toml")
        assert result.exit_code == 1
        assert result.output.startswith(f"netspec: {side}: ")
        assert len(result.output.split("\n")) == 2
