"""Draws four nets with netspec, with Keras' ``plot_model``, with visualkeras and in Netron, for pages/beside.md.

    pip install visualkeras netron pydot playwright
    python docs/beside.py

Needs Graphviz' program ``dot`` for ``plot_model`` and a Chromium for Netron, which is a page.  What a peer cannot draw
is said, with its own words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pages" / "pictures" / "beside"
NETS = ("digits_mlp", "digits_lenet", "two_towers", "zoo/resnet50")
WIDEST, TALLEST = 1100, 1400  # pixels of a picture on the page
PATIENCE = 40  # seconds that Netron has to show a model


def plot_model(model: Any, file: Path) -> None:
    """Keras' own picture, with all that it can say."""
    import keras

    keras.utils.plot_model(
        model, to_file=str(file), show_shapes=True, show_layer_names=True, show_layer_activations=True, dpi=96
    )


def visualkeras_layered(model: Any, file: Path) -> None:
    """The boxes of visualkeras, with a legend."""
    import visualkeras

    visualkeras.layered_view(model, legend=True).convert("RGB").save(file)


def visualkeras_graph(model: Any, file: Path) -> None:
    """The neurons of visualkeras."""
    import visualkeras

    visualkeras.graph_view(model).convert("RGB").save(file)


def netron(model: Any, file: Path) -> None:
    """Netron's page, whole, as it opens the saved model."""
    import netron
    from playwright.sync_api import sync_playwright

    saved = file.with_suffix(".keras")
    model.save(saved)
    address = "http://{}:{}".format(*netron.start(str(saved), browse=False))
    browser_path = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))))
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1000, "height": 900})
            page.goto(address)
            time.sleep(5)
            page.mouse.click(500, 562)  # "Accept" cookies: the page keeps other programs' scripts out
            page.mouse.move(900, 850)
            time.sleep(PATIENCE)
            page.screenshot(path=str(file))
            browser.close()
    finally:
        netron.stop()
        saved.unlink()


PEERS: dict[str, Callable[[Any, Path], None]] = {
    "plot_model": plot_model,
    "visualkeras_layered": visualkeras_layered,
    "visualkeras_graph": visualkeras_graph,
    "netron": netron,
}


def shrunk(file: Path) -> tuple[int, int]:
    """The picture's size, after it was made small enough for a page."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(file) as image:
        size = image.size
        small = image.convert("RGB")
        small.thumbnail((WIDEST, TALLEST))
        small.quantize(64).save(file, optimize=True)
    return size


def main() -> None:
    """Write the pictures, and say of each how large it was and how long it took."""
    import netspec

    FOLDER.mkdir(parents=True, exist_ok=True)
    for net in NETS:
        spec, name = ROOT / "specs" / f"{net}.toml", net.rpartition("/")[2]
        file = FOLDER / f"{name}-netspec.png"
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "netspec", "draw", str(spec), "-o", str(file)], check=True)
        print(f"{name:<14} netspec              {time.perf_counter() - began:5.1f} s {shrunk(file)}", flush=True)
        model = netspec.build(netspec.load(spec))
        for peer, draw in PEERS.items():
            file = FOLDER / f"{name}-{peer}.png"
            began = time.perf_counter()
            try:
                with tempfile.TemporaryDirectory() as folder:
                    made = Path(folder, file.name)
                    draw(model, made)
                    took = time.perf_counter() - began
                    size = shrunk(made)
                    shutil.copyfile(made, file)
                print(f"{name:<14} {peer:<20} {took:5.1f} s {size}", flush=True)
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)[-1]
                print(f"{name:<14} {peer:<20} fails: {type(error).__name__}: {error} ({last.name})", flush=True)


if __name__ == "__main__":
    main()
