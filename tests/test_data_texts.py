"""Texts: a file each in the folder of its class, a line each, or one text character by character."""

from __future__ import annotations

import os

import pytest
from data_desk import samples, spec, told

from netspec.data import divide
from netspec.shapes import Tensor

TEXT = {"text": Tensor((None,), "string")}
TWO = {"out": Tensor((None, 2))}
CHARACTERS = {"x": Tensor((None, 4), "int32")}
SIX = {"out": Tensor((None, 6))}


def folder(tmp_path, **files):
    """Files of texts, by their paths with ``__`` for a slash."""
    (tmp_path / "netspec.toml").touch()
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def test_a_folder_for_each_class(tmp_path):
    texts = {"reviews__good__b.txt": "wohl\r\ntuend", "reviews__good__a.txt": "schön", "reviews__bad__1.TXT": "nein"}
    found = samples(folder(tmp_path, **texts), 'source = "reviews"', TEXT)
    assert found.inputs["text"].tolist() == ["nein", "schön", "wohl\ntuend"]
    assert found.targets["out"].tolist() == [0, 1, 1]
    assert found.classes == {"out": ["bad", "good"]}
    assert found.columns == {"text": "text", "out": "class"}


def test_what_is_in_any_file_is_in_the_digest(tmp_path):
    digests = set()
    for content in ("one", "two"):
        folder(tmp_path, **{"t__a__1.txt": content})
        digests.add(samples(tmp_path, 'source = "t"', TEXT, targets=False).digest)
    (tmp_path / "t" / "a" / "1.txt").rename(tmp_path / "t" / "a" / "2.txt")
    digests.add(samples(tmp_path, 'source = "t"', TEXT, targets=False).digest)
    assert len(digests) == 3


def test_a_line_each_and_the_labels_beside(tmp_path):
    folder(tmp_path, **{"d.txt": "\ufeffthis\nthat \n", "y.txt": "p\nq"})
    found = samples(tmp_path, 'source = "d.txt"\nlabels = "y.txt"', TEXT)
    assert found.inputs["text"].tolist() == ["this", "that "]
    assert found.classes == {"out": ["p", "q"]}
    alone = samples(tmp_path, 'source = "d.txt"', TEXT, targets=False)
    assert alone.inputs["text"].tolist() == ["this", "that "]
    assert alone.digest != found.digest


def test_an_input_of_one_text_may_have_an_axis_of_its_own(tmp_path):
    folder(tmp_path, **{"d.txt": "this\nthat"})
    found = samples(tmp_path, 'source = "d.txt"', {"text": Tensor((None, 1), "string")}, targets=False)
    assert found.inputs["text"].tolist() == [["this"], ["that"]]


def test_windows_of_characters_and_the_next_one(tmp_path):
    stated = 'source = "d.txt"\nwindow = { sequence_length = 4 }'
    found = samples(folder(tmp_path, **{"d.txt": "abcé\nab"}), stated, CHARACTERS, SIX)
    assert found.inputs["x"].tolist() == [[97, 98, 99, 233], [98, 99, 233, 10], [99, 233, 10, 97]]
    assert found.classes == {"out": ["\n", "a", "b", "c", "é"]}
    assert found.targets["out"].tolist() == [0, 1, 2]
    other = samples(folder(tmp_path, **{"d.txt": "cabaab"}), stated, CHARACTERS, SIX, classes=found.classes)
    assert other.inputs["x"].tolist() == [[99, 97, 98, 97], [97, 98, 97, 97]]
    assert other.targets["out"].tolist() == [1, 2]
    strings = samples(tmp_path, stated + '\ninputs = "character"', {"x": Tensor((None, 4), "string")}, SIX)
    assert strings.inputs["x"].tolist() == [["c", "a", "b", "a"], ["a", "b", "a", "a"]]


def test_the_end_of_a_text_is_held_out(tmp_path):
    stated = 'source = "d.txt"\ntest = 0.25\nwindow = { sequence_length = 4 }'
    found = samples(folder(tmp_path, **{"d.txt": "abababababab"}), stated, CHARACTERS, TWO)
    assert divide(found, *spec(tmp_path, stated), 0).test.tolist() == [6, 7]


BAD = [
    ({"d.txt": b"one\ntw\xf6\n"}, "d.txt", "d.txt:2:3: not-utf8: byte 0xf6 is not UTF-8"),
    ({"t__a__1.txt": b"\xffone"}, "t", "t/a/1.txt:1:1: not-utf8: byte 0xff is not UTF-8"),
    ({"d.txt": "one\nté\x00o"}, "d.txt", "d.txt:2:3: bad-data: the character U+0000 is in no text"),
    ({"d.txt": ""}, "d.txt", "d.txt:1:1: bad-data: the file is empty"),
    ({"d.txt": "one\n \nthree"}, "d.txt", "d.txt:2:1: missing-value: the line is empty, and each should be a sample"),
    ({"t__a__1.txt": " \n"}, "t", "t/a/1.txt:1:1: missing-value: holds no text"),
    (
        {"t__a__1.txt": "one", "t__b.txt": "two"},
        "t",
        "t/b.txt:1:1: bad-data: lies beside the folders of the classes, in none of them",
    ),
    ({"t__a__1.txt": "one", "t__b__2.md": "two"}, "t", "t/b/2.md:1:1: bad-data: is no text that is read here: .txt"),
    (
        {"t__a__1.txt": "one", "t__b__c__2.txt": "two"},
        "t",
        "t/b/c:1:1: bad-data: is a folder inside the folder of a class",
    ),
]


@pytest.mark.parametrize(("files", "source", "message"), BAD, ids=range(len(BAD)))
def test_a_bad_text(tmp_path, files, source, message):
    assert told(folder(tmp_path, **files), f'source = "{source}"', TEXT, targets=False) == message


def test_a_folder_of_a_class_without_texts(tmp_path):
    folder(tmp_path, **{"t__a__1.txt": "one"})
    (tmp_path / "t" / "b").mkdir()
    assert told(tmp_path, 'source = "t"', TEXT) == "t/b:1:1: bad-data: is a folder without texts"


def test_labels_for_other_lines(tmp_path):
    folder(tmp_path, **{"d.txt": "one\ntwo", "y.txt": "p\nq\np"})
    message = "y.txt:1:1: bad-data: has 3 lines, and d.txt has 2"
    assert told(tmp_path, 'source = "d.txt"\nlabels = "y.txt"', TEXT) == message


def test_a_line_whose_class_was_not_taught(tmp_path):
    folder(tmp_path, **{"d.txt": "one\ntwo", "y.txt": "p\nr"})
    message = told(tmp_path, 'source = "d.txt"\nlabels = "y.txt"', TEXT, classes={"out": ["p", "q"]})
    assert message == "d.txt:2:1: unseen-class: the model was not taught class 'r'"


def test_a_link_that_leads_out_of_the_project(tmp_path, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret")
    folder(tmp_path, **{"t__a__1.txt": "one"})
    os.symlink(secret, tmp_path / "t" / "a" / "2.txt")
    assert told(tmp_path, 'source = "t"', TEXT).startswith(
        "t/a/2.txt:1:1: outside-project: is a link that leads out of the project"
    )


def test_the_first_text_in_another_encoding_is_told_before_all_are_read(tmp_path):
    folder(
        tmp_path,
        **{"t__a__1.txt": "ä".encode(), "t__a__2.txt": "ä".encode("latin-1"), "t__b__3.txt": "ä".encode("utf-16")},
    )
    assert told(tmp_path, 'source = "t"', TEXT) == "t/a/2.txt:1:1: not-utf8: byte 0xe4 is not UTF-8"
