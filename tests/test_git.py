"""Specs in real repositories: what git shows of them, what is set up and taken away, hooks and the pull request."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from netspec.diff import installed
from netspec.diff.canonical import text, textconv
from netspec.graph import load

ROOT = Path(__file__).parent.parent
NETSPEC = [sys.executable, "-m", "netspec", "diff"]
SPEC = """\
name = "small"
inputs.image = [8]
layers = [
  { name = "first", type = "Dense", units = 4, activation = "relu" },
  "BatchNormalization",
  "BatchNormalization",
  { name = "last", type = "Dense", units = 2 },
]
"""
WIDER = SPEC.replace("units = 4", "units = 6")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A git that heeds nobody's own settings."""
    known = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_PAGER": "cat"}
    known |= {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    known |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    return known


def run(folder: Path, *command: str, code: int = 0) -> str:
    """What a command prints; it ends with ``code``."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (command, done.stdout, done.stderr)
    return done.stdout + done.stderr


def netspec(folder: Path, *arguments: str, code: int = 0) -> str:
    return run(folder, *NETSPEC, *arguments, code=code)


def repository(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A repository with one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    run(folder, "git", "init", "-q", "-b", "main", ".")
    for name, content in (files or {"specs/net.toml": SPEC}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    return commit(folder)


def commit(folder: Path, message: str = "one") -> Path:
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "-m", message)
    return folder


@pytest.fixture
def repo(environment, tmp_path):
    """A repository whose path a shell must have quoted."""
    return repository(tmp_path / 'a b\'s "nets" $(x)')


def state(repo: Path) -> dict[str, bytes]:
    """What git keeps of its setting."""
    files = [repo / ".git" / "config", *sorted((repo / ".git" / "info").glob("*"))]
    return {file.name: file.read_bytes() for file in files}


def test_git_shows_layers_and_not_spelling(repo):
    netspec(repo, "--install-git")
    spec = repo / "specs" / "net.toml"
    spec.write_text(WIDER, "utf-8")
    shown = run(repo, "git", "diff")
    assert "-first  Dense  units 4  activation relu  → 4  36 parameters\n" in shown
    assert "+first  Dense  units 6  activation relu  → 6  54 parameters\n" in shown
    assert "-last  Dense  units 2  → 2  10 parameters\n" in shown, "what follows is seen, too"
    commit(repo, "two")
    for command in (("log", "-p", "-1"), ("show",), ("diff", "HEAD~1", "HEAD")):
        assert "+first  Dense  units 6" in run(repo, "git", *command)
    spec.write_text("# a comment\n" + WIDER.replace('"BatchNormalization"', '{ type = "BatchNormalization" }'), "utf-8")
    assert "@@" not in run(repo, "git", "diff"), "another spelling of the same net"
    assert "1 file changed" in run(repo, "git", "diff", "--stat")


def test_an_insertion_is_one_line_where_nothing_else_follows(repo):
    netspec(repo, "--install-git")
    more = SPEC.replace("layers = [\n", 'layers = [\n  "BatchNormalization",\n')
    (repo / "specs" / "net.toml").write_text(more, "utf-8")
    lines = [line for line in run(repo, "git", "diff", "-U0").split("\n") if re.match(r"[+-](?!\+\+ |-- )", line)]
    assert [line for line in lines if "total" not in line] == ["+-  BatchNormalization  → 8  32 parameters"]


@pytest.mark.parametrize("how", ["plain", "subdirectory", "worktree", "others"])
def test_what_is_installed_is_taken_away_to_the_byte(repo, how):
    run(repo, "git", "config", "core.hooksPath", "my hooks")
    run(repo, "git", "config", "diff.other.textconv", "cat")
    if how == "others":
        run(repo, "git", "config", "diff.netspec.xfuncname", "x")
        (repo / ".git" / "info" / "attributes").write_bytes(b"*.png binary\n# mine\xff\nno newline")
    before = state(repo)
    folder = repo / "specs" if how == "subdirectory" else repo
    if how == "worktree":
        folder = repo.parent / "work tree"
        run(repo, "git", "worktree", "add", "-q", str(folder), "-b", "other")
        (folder / "specs" / "net.toml").write_text(WIDER, "utf-8")
    netspec(folder, "--install-git")
    once = state(repo)
    assert once != before
    netspec(folder, "--install-git")
    assert state(repo) == once, "twice is once"
    if how == "worktree":
        assert "+first  Dense  units 6" in run(folder, "git", "diff")
    assert run(repo, "git", "config", "core.hooksPath") == "my hooks\n"
    netspec(folder, "--uninstall-git")
    assert state(repo) == before
    assert "nothing" in netspec(folder, "--uninstall-git")
    assert state(repo) == before


def test_the_setting_of_another_is_left_alone(repo):
    run(repo, "git", "config", "diff.netspec.textconv", "cat")
    before = state(repo)
    assert "not by netspec" in netspec(repo, "--install-git", code=1)
    assert state(repo) == before
    netspec(repo, "--uninstall-git")
    assert state(repo) == before


def test_there_must_be_a_repository(environment, tmp_path):
    for way in ("--install-git", "--uninstall-git"):
        assert "not a git repository" in netspec(tmp_path, way, code=1)


@pytest.mark.parametrize("pattern", ["nets/*.json", "my nets/*.toml", "#odd/*.toml"])
def test_patterns_say_which_files_are_specs(repo, pattern):
    file = repo / pattern.replace("*", "deep")
    file.parent.mkdir()
    content = json.dumps({"inputs": {"x": [2]}, "layers": [{"type": "Dense", "units": 2}]})
    toml = 'inputs.x = [2]\nlayers = [{ type = "Dense", units = 2 }]\n'
    file.write_text(content if file.suffix == ".json" else toml, "utf-8")
    commit(repo)
    netspec(repo, "--install-git", "--pattern", pattern)
    file.write_text(file.read_text("utf-8").replace("2 }", "3 }").replace('"units": 2', '"units": 3'), "utf-8")
    assert "+-  Dense  units 3  → 3  9 parameters" in run(repo, "git", "diff")


@pytest.mark.parametrize("pattern", ["!not", "", "two\nlines"])
def test_what_is_no_pattern_is_refused(repo, pattern):
    before = state(repo)
    netspec(repo, "--install-git", "--pattern", pattern, code=1)
    assert state(repo) == before


BROKEN = {
    "syntax": "layers = [\n",
    "problem": SPEC.replace("units = 2", "unit = 2"),
    "empty": "",
    "no spec": "[tool]\nx = 1\n",
    "control": SPEC.replace('"relu"', '"\\u001b[31m"'),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_spec_never_stops_git(repo, content):
    netspec(repo, "--install-git")
    (repo / "specs" / "net.toml").write_text(content, "utf-8")
    shown = run(repo, "git", "diff")
    assert "-first  Dense  units 4" in shown
    if content and "tool" not in content:
        assert re.search(r"^\+# net\.toml:\d+:\d+: ", shown, re.M)
        assert f"+{content.splitlines()[0]}\n" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x00" * 100, b"x" * (2**20 + 1)])
def test_what_is_no_text_is_itself(tmp_path, raw):
    file = tmp_path / "net.toml"
    file.write_bytes(raw)
    assert textconv(str(file)).endswith(raw)


def test_what_a_spec_extends_is_found_beside_it(environment, tmp_path):
    own = 'extends = "base.toml"\n[vars]\nwidth = {}\n'
    base = 'inputs.x = [8]\nvars = { width = 1 }\nlayers = [{ name = "d", type = "Dense", units = "${width}" }]\n'
    repo = repository(tmp_path / "repo", {"specs/deep/own.toml": own.format(2), "specs/deep/base.toml": base})
    netspec(repo, "--install-git")
    (repo / "specs" / "deep" / "own.toml").write_text(own.format(3), "utf-8")
    shown = run(repo, "git", "diff")
    assert "-d  Dense  units 2" in shown
    assert "+d  Dense  units 3" in shown
    assert "units 2 → 3" in run(repo, "git", "difftool", "--no-prompt", "-t", "netspec")


def test_the_difftool_tells_of_each(repo):
    netspec(repo, "--install-git")
    (repo / "specs" / "net.toml").write_text(WIDER, "utf-8")
    (repo / "specs" / 'it\'s "new".toml').write_text(SPEC, "utf-8")
    run(repo, "git", "add", "-A")
    shown = run(repo, "git", "difftool", "--cached", "--no-prompt", "-t", "netspec")
    assert "~ first Dense\n      units 4 → 6\n" in shown
    assert 'it\'s "new".toml is new\n' in shown


def test_several_are_compared_with_a_revision(repo):
    other = SPEC.replace("small", "other") + "# " + "long " * 40 + "\n"
    (repo / "specs" / "it's old.toml").write_text(other, "utf-8")
    (repo / "specs" / "gone.toml").write_text(SPEC.replace("small", "gone").replace("8", "9"), "utf-8")
    (repo / "notes.toml").write_text("x = 1\n", "utf-8")
    commit(repo, "two")
    run(repo, "git", "mv", "specs/it's old.toml", "specs/it is new.toml")
    run(repo, "git", "rm", "-q", "specs/gone.toml")
    (repo / "specs" / "it is new.toml").write_text(other.replace("units = 2", "units = 3"), "utf-8")
    (repo / "specs" / "more.json").write_text('{"inputs": {"x": [2]}, "layers": ["Flatten"]}', "utf-8")
    (repo / "notes.toml").write_text("x = 2\n", "utf-8")
    run(repo, "git", "add", "-A")
    shown = netspec(repo, "--against", "HEAD")
    assert "# specs/it's old.toml → specs/it is new.toml\n" in shown
    assert "units 2 → 3" in shown
    assert "# specs/gone.toml\n\nIt is gone.\n" in shown
    assert "# specs/more.json\n\nIt is new: 1 layer, " in shown
    assert "notes" not in shown
    told = json.loads(netspec(repo / "specs", "--against", "HEAD", "--json", "more.json", "gone.toml"))
    assert [(each["before"], each["after"]) for each in told["specs"]] == [
        ("specs/gone.toml", None),
        (None, "specs/more.json"),
    ]
    assert netspec(repo, "--against", "HEAD", "specs/net.toml", "--exit-code") == "no spec changed since HEAD\n"
    netspec(repo, "--against", "HEAD", "--exit-code", code=1)
    assert "no-such" in netspec(repo, "--against", "no-such", code=1)
    assert "is no revision" in netspec(repo, "--against=--output=x", code=1)
    assert not (repo / "x").exists()


def test_a_spec_is_compared_with_the_index(repo):
    (repo / "specs" / "net.toml").write_text(WIDER, "utf-8")
    run(repo, "git", "add", "-A")
    (repo / "specs" / "net.toml").write_text(WIDER.replace("units = 2", "units = 3"), "utf-8")
    shown = netspec(repo, ":specs/net.toml", "specs/net.toml")
    assert "units 2 → 3" in shown
    assert "units 4" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["--install-git", "a.toml"],
        ["--install-git", "--uninstall-git"],
        ["--pattern", "x", "a", "b"],
        ["--against", "HEAD", "-o", "x.svg"],
        ["a", "b", "c"],
        ["a", "b", "-o", "x.gif"],
        ["a", "b", "--format", "svg", "-o", "x.md"],
    ],
)
def test_wrong_usage_is_told(repo, arguments):
    assert "Error: " in netspec(repo, *arguments, code=2)


def test_the_program_is_named_so_that_no_folder_can_take_its_place(repo):
    """Git runs it at the top of whatever repository: a module that lies there is not imported."""
    first, *rest = shlex.split(installed.program())
    assert Path(first).is_absolute()
    assert rest in ([], ["-I", "-m", "netspec"])
    (repo / "netspec.py").write_text("raise SystemExit('taken')", "utf-8")
    (repo / "click.py").write_text("raise SystemExit('taken')", "utf-8")
    netspec_ = run(repo, first, *rest, "diff", "--textconv", "specs/net.toml")
    assert "first  Dense" in netspec_


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.toml")), ids=lambda path: path.stem)
def test_every_layer_has_a_line(path):
    graph = load(path)
    lines = text(graph).split("\n")
    shapes = [line for line in lines if " → " in line]
    assert len(shapes) == len(graph.nodes)
    assert f"total {graph.parameters:,} parameters" in text(graph)


HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
#: What a hook's manifest may say.
KEYS = {"id", "name", "description", "entry", "language", "files", "types_or", "require_serial", "verbose"}


def test_the_hooks_are_well_formed():
    assert [hook["id"] for hook in HOOKS] == ["netspec-check", "netspec-diff"]
    for hook in HOOKS:
        assert hook.keys() <= KEYS
        assert hook["language"] == "python"
        assert re.search(hook["files"], "specs/deep/net.toml")
        assert not re.search(hook["files"], "pyproject.toml")


def test_the_hooks_do_what_they_say(repo):
    """Each is run as pre-commit runs it: its entry, and the names of the files that are staged."""
    entries = {hook["id"]: [sys.executable, "-m", *shlex.split(hook["entry"])] for hook in HOOKS}
    (repo / "specs" / "net.toml").write_text(WIDER, "utf-8")
    (repo / "specs" / "new.toml").write_text(SPEC, "utf-8")
    run(repo, "git", "add", "-A")
    files = ["specs/net.toml", "specs/new.toml"]
    assert "ok · 4 layers" in run(repo, *entries["netspec-check"], *files)
    shown = run(repo, *entries["netspec-diff"], *files)
    assert "units 4 → 6" in shown
    assert "# specs/new.toml\n\nIt is new" in shown
    (repo / "specs" / "net.toml").write_text(BROKEN["problem"], "utf-8")
    run(repo, *entries["netspec-check"], *files, code=1)


PAGE = (ROOT / "docs" / "pages" / "diff.md").read_text("utf-8")
WORKFLOW = re.search(r"^~~~yaml\n(.*?)^~~~$", PAGE, re.M | re.S)[1]
GH = """#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in
  *--method*) cat "${4#body=@}" > /dev/null 2>&1 || true ;;
  *) if [ -f "$GH_POSTED" ]; then echo 17; fi ;;
esac
"""


@pytest.fixture
def steps():
    flow = yaml.safe_load(WORKFLOW)
    (job,) = flow["jobs"].values()
    return flow, job


def test_the_workflow_may_do_little_and_runs_nothing_of_a_stranger_s(steps):
    flow, job = steps
    assert flow[True].keys() == {"pull_request"}, "YAML takes `on` for true; pull_request_target has secrets"
    assert flow["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts), "values come through the environment"
    comment = job["steps"][-1]
    assert "head.repo.full_name == github.repository" in comment["if"], "a fork's token may not write"
    assert job["steps"][0]["with"]["persist-credentials"] is False


def test_the_workflow_posts_one_comment_and_renews_it(steps, environment, tmp_path, monkeypatch):
    _, job = steps
    repo = repository(tmp_path / "repo", {"specs/net.toml": SPEC})
    run(repo, "git", "checkout", "-q", "-b", "change")
    (repo / "specs" / "net.toml").write_text(WIDER, "utf-8")
    commit(repo, "two")
    run(repo, "git", "checkout", "-q", "main")
    (repo / "specs" / "later.toml").write_text(SPEC, "utf-8")
    commit(repo, "meanwhile")
    base = run(repo, "git", "rev-parse", "HEAD").strip()
    run(repo, "git", "checkout", "-q", "change")
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "netspec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netspec "$@"\n', "utf-8")
    (bin / "gh").write_text(GH, "utf-8")
    for each in bin.iterdir():
        each.chmod(0o755)
    log, posted = tmp_path / "log", tmp_path / "posted"
    values = {"GH_LOG": log, "GH_POSTED": posted, "GH_TOKEN": "x", "BASE": base, "REPO": "o/r", "PR": "3"}
    values |= {"GITHUB_STEP_SUMMARY": tmp_path / "summary", "RUNNER_TEMP": tmp_path}
    monkeypatch.setenv("PATH", f"{bin}:{os.environ['PATH']}")
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    compare, comment = (step["run"] for step in job["steps"] if step.get("name") in ("Compare", "Comment"))
    run(repo, "bash", "-eo", "pipefail", "-c", compare)
    report = (tmp_path / "summary").read_text("utf-8")
    assert "## `specs/net.toml`" in report
    assert "later" not in report, "what the base has had since is no change of this"
    run(repo, "bash", "-eo", "pipefail", "-c", comment)
    first = log.read_text("utf-8")
    assert "--method POST" in first
    assert "repos/o/r/issues/3/comments" in first
    posted.touch()
    run(repo, "bash", "-eo", "pipefail", "-c", comment)
    assert "--method PATCH" in log.read_text("utf-8").removeprefix(first)
    assert "issues/comments/17" in log.read_text("utf-8")
    assert (tmp_path / "report.md").read_text("utf-8").startswith("<!-- netspec diff -->\n")
    assert (tmp_path / "report.md").stat().st_size < 65_536
