"""Who may import whom.  The tables are the plan of the house: a new room must be drawn on it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "netspec"

#: Each room, and the rooms above it that it may use.
ROOMS = {
    "source": "",
    "shapes": "",
    "problems": "source",
    "parts": "problems shapes source",
    "layers": "parts problems shapes",
    "spec": "layers parts problems source shapes",
    "graph": "spec layers parts problems source shapes",
    "advice": "graph spec layers parts problems source shapes",
    "draw": "graph spec layers parts problems source shapes",
    "code": "graph spec layers parts problems source shapes",
    "diff": "draw graph spec layers parts problems source shapes",
    "decompile": "graph spec layers parts problems source shapes",
    "keras": "graph spec layers parts problems source shapes",
    "data": "spec layers parts problems source shapes",
    "view": "draw advice graph spec layers parts problems source shapes",
    "runs": "diff draw graph spec layers parts problems source shapes",
    "train": "runs keras data diff draw graph spec layers parts problems source shapes",
    "search": "train runs keras data diff draw graph spec layers parts problems source shapes",
    "inspect": "train runs keras data graph spec layers parts problems source shapes",
    "cli": "search inspect code diff decompile view runs train data keras "
    "draw advice graph spec layers parts problems source shapes",
}
#: The packages from outside, and the rooms that receive them.
GUESTS = {
    "PIL": "data",
    "ai_edge_litert": "keras",
    "annotated_types": "parts",
    "click": "cli",
    "cmaes": "search",
    "datasets": "data",
    "google": "train",
    "google_crc32c": "data",
    "graphviz": "draw",
    "keras": "inspect keras data search train",
    "matplotlib": "inspect runs search train",
    "mlflow": "train",
    "numpy": "inspect keras data runs search train",
    "onnx": "keras",
    "onnxruntime": "keras",
    "optuna": "search",
    "pyarrow": "data train",
    "pydantic": "parts layers spec graph decompile",
    "pydantic_core": "parts layers spec graph decompile",
    "reportlab": "draw",
    "rich": "cli",
    "scipy": "search",
    "sklearn": "inspect",
    "sqlalchemy": "search",
    "svglib": "draw",
    "tensorflow": "inspect keras data search train",
    "tensorflow_datasets": "data",
    "tf2onnx": "keras",
    "tomli": "source",
    "tomli_w": "train decompile",
    "torch": "search",
    "typing_extensions": "parts layers",
    "umap": "inspect",
}
#: The rooms behind the wall: outside of them they are imported inside functions only.
BEHIND = {"keras", "data", "train", "search", "inspect"}
DOOR = "netspec.keras.door"  # the one file behind the wall that imports nothing heavy

FILES = sorted(HOUSE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> set[str]:
    """The modules that a piece of code names, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports here are absolute"
            module = node.module or ""
            names |= {module} if module != "netspec" else {f"netspec.{alias.name}" for alias in node.names}
    return names


def at_import(tree: ast.Module) -> set[str]:
    """The modules that are imported as soon as the file is."""
    outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return imports(ast.Module(outside, []))


def wrong_in(room: str, tree: ast.Module) -> list[str]:
    """Every import that ``room`` may not make."""
    wrong = []
    for name in sorted(imports(tree)):
        package, _, rest = name.partition(".")
        if package == "netspec":
            if rest.partition(".")[0] not in {room, *ROOMS[room].split()}:
                wrong.append(f"{room} may not import {name}")
        elif package not in sys.stdlib_module_names and room not in GUESTS.get(package, "").split():
            wrong.append(f"{room} does not receive {package}")
    for name in sorted(at_import(tree)):
        inside = name.split(".")[1:2] if name.startswith("netspec.") else []
        if inside and inside[0] in BEHIND and room not in BEHIND and name != DOOR:
            wrong.append(f"{room} imports {name} before it is needed")
    return wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_imports_go_up_the_list_only(file):
    if file.parent == HOUSE and file.stem in ("__init__", "__main__"):
        return  # the two ways in: they import what they open
    assert wrong_in(room_of(file), ast.parse(file.read_text("utf-8"))) == []


def test_every_room_is_on_the_plan():
    assert {room_of(file) for file in FILES} - {"__init__", "__main__"} == set(ROOMS)


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("source", "from netspec.problems import Problem"),
        ("layers", "import numpy"),
        ("graph", "def late():\n    import keras"),
        ("draw", "from netspec.keras.build import build"),
        ("cli", "from netspec.train import train"),
        ("parts", "import requests"),
    ],
)
def test_the_test_can_fail(room, code):
    assert wrong_in(room, ast.parse(code))


def test_rooms_are_small():
    """A file past 300 lines is a sign to think again, a folder with one file is no room."""
    long = {str(file): count for file in FILES if (count := len(file.read_text("utf-8").splitlines())) > 330}
    assert long == {}
    folders = {file.parent for file in FILES}
    assert [folder.name for folder in folders if len(list(folder.glob("*.py"))) < 2] == []
