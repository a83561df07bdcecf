"""What is written appears whole or not at all, with the permissions that ``open`` gives, through links, to pipes."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.source import write_whole

IRIS, DIGITS = (str(Path(__file__).parent.parent / "specs" / f"{name}_mlp.toml") for name in ("iris", "digits"))
posix = pytest.mark.skipif(os.name == "nt", reason="permissions and pipes are POSIX'")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_file_has_the_permissions_that_open_gives(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", b"1")
        (tmp_path / "opened").write_bytes(b"1")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == mode(tmp_path / "opened") == 0o640
    (tmp_path / "old").write_bytes(b"1")
    (tmp_path / "old").chmod(0o751)
    write_whole(tmp_path / "old", b"2")
    assert (mode(tmp_path / "old"), (tmp_path / "old").read_bytes()) == (0o751, b"2")


def test_what_may_not_be_written_stays(tmp_path, monkeypatch):
    path = tmp_path / "kept"
    path.write_bytes(b"1")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write to all
    with pytest.raises(PermissionError, match="kept"):
        write_whole(path, b"2")
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"2")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"kept": b"1"}


@posix
def test_a_link_stays_and_leads_to_what_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/net.svg")
    for content in (b"1", b"2"):  # first where it leads to nothing
        write_whole(tmp_path / "link", content)
        assert (tmp_path / "far" / "net.svg").read_bytes() == content
    assert (tmp_path / "link").is_symlink()
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["far", "link", "net.svg"]


@posix
def test_a_pipe_is_written_to(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"1")
    reader.join(10)
    assert read == [b"1"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


WRITERS = {
    "net.py": lambda: run("code", DIGITS, "-o", "net.py", "--force"),
    "net.toml": lambda: run("import", "model.json", "-o", "net.toml", "--force"),
    "net.dot": lambda: run("draw", DIGITS, "-o", "net.dot"),
    "net.png": lambda: run("data", DIGITS, "-o", "net.png"),
    "diff.md": lambda: run("diff", IRIS, DIGITS, "--format", "markdown", "-o", "diff.md"),
}


def run(*words: str):
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("name", WRITERS)
def test_what_a_full_disk_breaks_off_leaves_the_old_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = {"class_name": "Sequential", "config": {"name": "net", "layers": [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "x"}},
        {"class_name": "ReLU", "config": {"name": "r"}}]}}  # fmt: skip
    Path("model.json").write_text(json.dumps(model))
    Path(name).write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        told = WRITERS[name]()
    assert told.exit_code == 1
    assert told.stderr.startswith(f"netspec: {name}")
    assert "No space left on device" in told.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["model.json", name])
    assert Path(name).read_bytes() == b"old"
    assert WRITERS[name]().exit_code == 0
    assert Path(name).read_bytes() != b"old"
