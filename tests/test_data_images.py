"""Images: folders of classes, tables of paths; their size, colours and transparency; and files that are none."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from data_desk import samples, told

from netspec.problems import SpecError
from netspec.shapes import Tensor

Image = pytest.importorskip("PIL.Image", reason="Pillow reads images, and is not installed")

GREY, RGB, RGBA = ({"image": Tensor((None, 4, 6, channels))} for channels in (1, 3, 4))
FLAT = {"image": Tensor((None, 4, 6))}


def png(color=0, size=(6, 4), mode="L", kind="PNG", **more):
    """The bytes of an image of one colour."""
    stream = io.BytesIO()
    Image.new(mode, size, color).save(stream, kind, **more)
    return stream.getvalue()


def write(folder, **files):
    """Files by ``class__name``: ``cat__1`` is ``photos/cat/1.png``."""
    for name, raw in files.items():
        path = folder / "photos" / (name.replace("__", "/") + ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


PHOTOS = 'source = "photos"'


def test_a_class_per_folder(tmp_path):
    write(tmp_path, dog__b=png(30), dog__a=png(20), cat__z=png(10))
    (tmp_path / "photos" / ".DS_Store").touch()
    found = samples(tmp_path, PHOTOS, GREY)
    assert found.columns == {"image": "image", "out": "class"}
    assert found.classes == {"out": ["cat", "dog"]}
    assert found.targets["out"].tolist() == [0, 1, 1]
    assert found.inputs["image"].shape == (3, 4, 6, 1)
    assert found.inputs["image"].dtype == "float32"
    assert found.inputs["image"][:, 0, 0, 0].tolist() == [10, 20, 30]


def test_a_folder_of_images_alone_is_for_prediction(tmp_path):
    write(tmp_path, b=png(20), a=png(10))
    assert samples(tmp_path, PHOTOS, FLAT, targets=False).inputs["image"][:, 0, 0].tolist() == [10, 20]
    assert told(tmp_path, PHOTOS, FLAT).startswith("m.toml:1:1: missing-target: say with 'target' which column")


def test_the_digest_follows_names_and_bytes(tmp_path):
    write(tmp_path, cat__a=png(10), dog__b=png(20))
    first = samples(tmp_path, PHOTOS, GREY).digest
    assert samples(tmp_path, PHOTOS, GREY).digest == first
    (tmp_path / "photos" / "cat" / "a.png").write_bytes(png(11))
    second = samples(tmp_path, PHOTOS, GREY).digest
    (tmp_path / "photos" / "cat" / "a.png").rename(tmp_path / "photos" / "cat" / "c.png")
    assert len({first, second, samples(tmp_path, PHOTOS, GREY).digest}) == 3


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_a_table_of_paths(tmp_path, name):
    write(tmp_path, a=png(10), b=png(20))
    rows = {"path": ["photos/b.png", "photos/a.png", "photos/b.png"], "age": [1, 2, 3], "kind": ["q", "p", "q"]}
    if name.endswith("csv"):
        lines = [",".join(rows), *(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))]
        (tmp_path / name).write_text("\n".join(lines))
    else:
        pa = pytest.importorskip("pyarrow", reason="pyarrow reads Parquet, and is not installed")
        import pyarrow.parquet as pq

        pq.write_table(pa.table(rows), tmp_path / name)
    found = samples(tmp_path, f'source = "{name}"\nimages = "path"\ntarget = "kind"', GREY)
    assert found.inputs["image"][:, 0, 0, 0].tolist() == [20, 10, 20]
    assert found.targets["out"].tolist() == [1, 0, 1]
    both = samples(
        tmp_path,
        f'source = "{name}"\nimages = "path"\ninputs = {{ image = "path", age = "age" }}\ntarget = "kind"',
        {**GREY, "age": Tensor((None, 1))},
    )
    assert both.inputs["age"].tolist() == [[1], [2], [3]]
    assert both.inputs["image"].shape == (3, 4, 6, 1)


@pytest.mark.parametrize(
    ("raw", "inputs", "pixel"),
    [
        (png(7), GREY, [7]),
        (png(7), RGB, [7, 7, 7]),
        (png((10, 20, 30), mode="RGB"), RGB, [10, 20, 30]),
        (png((100, 100, 100), mode="RGB"), GREY, [100]),
        (png((10, 20, 30, 40), mode="RGBA"), RGBA, [10, 20, 30, 40]),
        (png((10, 20, 30, 255), mode="RGBA"), RGB, [10, 20, 30]),
        (png(1, mode="1"), GREY, [255]),
        (png(7, mode="P"), RGB, None),
        (png(128, kind="JPEG"), GREY, [128]),
    ],
)
def test_colours_follow_the_channels_of_the_input(tmp_path, raw, inputs, pixel):
    write(tmp_path, cat__a=raw, dog__b=raw)
    found = samples(tmp_path, PHOTOS, inputs).inputs["image"]
    assert found.shape == (2, 4, 6, inputs["image"].shape[-1])
    if pixel is not None:
        assert found[0, 0, 0].tolist() == pixel


@pytest.mark.parametrize(("resize", "left", "middle"), [("stretch", 0, 100), ("crop", 100, 100), ("pad", 0, 100)])
def test_resizing_is_as_stated(tmp_path, resize, left, middle):
    """An image twice as wide as it should be: black, white in its middle half, black."""
    picture = np.zeros((8, 16), "uint8")
    picture[:, 4:12] = 100
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    write(tmp_path, cat__a=stream.getvalue(), dog__b=stream.getvalue())
    found = samples(tmp_path, f'{PHOTOS}\nresize = "{resize}"', {"image": Tensor((None, 8, 8))}).inputs["image"][0]
    assert found.shape == (8, 8)
    assert (round(found[4, 0]), found[4, 4]) == (left, middle)
    assert found[0, 4] == (0 if resize == "pad" else 100)


def test_an_image_lies_as_its_camera_held_it(tmp_path):
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (4, 6)).save(stream, "JPEG", exif=exif)
    write(tmp_path, cat__a=stream.getvalue(), dog__b=stream.getvalue())
    assert samples(tmp_path, PHOTOS, FLAT).inputs["image"].shape == (2, 4, 6)


def test_an_open_size_is_that_of_the_first(tmp_path):
    write(tmp_path, cat__a=png(1), dog__b=png(2))
    assert samples(tmp_path, PHOTOS, {"image": Tensor((None, None, None, 1))}).inputs["image"].shape == (2, 4, 6, 1)


def large(width, height):
    """A PNG that says it is so large, and is not."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def animated():
    stream = io.BytesIO()
    frames = [Image.new("L", (6, 4), level) for level in (0, 50)]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    return stream.getvalue()


NOISE = np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype="uint8")


def noisy(kind):
    stream = io.BytesIO()
    Image.fromarray(NOISE).save(stream, kind)
    return stream.getvalue()


AT = "photos/dog/b.png:1:1: "
BAD = [
    (b"", AT + "bad-data: is neither a JPEG nor a PNG image: it begins with nothing"),
    (b"GIF89a....", AT + "bad-data: is neither a JPEG nor a PNG image: it begins with 47 49 46 38 39 61 2e 2e"),
    (png(kind="GIF"), AT + "bad-data: is neither a JPEG nor a PNG image: it begins with 47 49 46 38 37 61 06 00"),
    (b"%!PS-Adobe", AT + "bad-data: is neither a JPEG nor a PNG image: it begins with 25 21 50 53 2d 41 64 6f"),
    (noisy("PNG")[:60], AT + "bad-data: is no whole PNG image: "),
    (noisy("JPEG")[:-30], AT + "bad-data: is no whole PNG image: image file is truncated"),
    (
        png(size=(5, 4)),
        AT + 'data-shape: is 4×5; input \'image\' is 4×6: say what to do: resize = "stretch", "crop" or "pad"',
    ),
    (png((1, 2, 3, 4), mode="RGBA"), AT + "bad-data: has transparent pixels; input 'image' has 1 channel"),
    (png(1000, mode="I;16"), AT + "bad-data: has more than 256 levels a channel (Pillow calls it I;16)"),
    (large(10000, 7000), AT + "too-large: is 7000×10000: 70,000,000 pixels, and 67,108,864 are the most"),
    (large(2**31 - 1, 2**31 - 1), AT + "too-large: has more pixels than the most, 67,108,864"),
    (large(6, 4000), AT + "bad-data: is no whole PNG image: image file is truncated"),
    (animated(), AT + "bad-data: is an animation of 2 images, not one image"),
]


@pytest.mark.parametrize(("raw", "message"), BAD, ids=range(len(BAD)))
def test_an_image_that_is_none(tmp_path, raw, message):
    write(tmp_path, cat__a=png(1), dog__b=raw)
    assert told(tmp_path, PHOTOS, GREY).startswith(message)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_damaged_image_is_read_or_refused_and_never_a_traceback(tmp_path, kind):
    whole = noisy(kind)
    for at in range(0, len(whole), 7):
        write(tmp_path, cat__a=png(1), dog__b=whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with suppress(SpecError):
            samples(tmp_path, PHOTOS, GREY)


def test_folders_that_are_not_as_they_should_be(tmp_path):
    write(tmp_path, cat__a=png(1), dog__b=png(2))
    photos = tmp_path / "photos"
    rows = [
        (
            photos / "cat" / "notes.txt",
            "photos/cat/notes.txt:1:1: bad-data: is no image that is read here: .jpeg, .jpg, .png",
        ),
        (
            photos / "loose.png",
            "photos/loose.png:1:1: bad-data: lies beside the folders of the classes, in none of them",
        ),
    ]
    for path, message in rows:
        path.write_bytes(b"")
        assert told(tmp_path, PHOTOS, GREY) == message
        path.unlink()
    for path, message in [
        (photos / "ant", "photos/ant:1:1: bad-data: is a folder without images"),
        (photos / "cat" / "more", "photos/cat/more:1:1: bad-data: is a folder inside the folder of a class"),
    ]:
        path.mkdir()
        assert told(tmp_path, PHOTOS, GREY) == message
        path.rmdir()


def test_links_and_paths_stay_inside_the_project(tmp_path_factory, tmp_path):
    away = tmp_path_factory.mktemp("away") / "c.png"
    away.write_bytes(png(3))
    write(tmp_path, cat__a=png(1), dog__b=png(2))
    (tmp_path / "d.csv").write_text(f"path,y\nphotos/cat/a.png,p\n{away},q\n")
    stated = 'source = "d.csv"\nimages = "path"'
    assert told(tmp_path, stated, GREY) == (
        f"d.csv:3:1: outside-project: {str(away)!r} lies outside the project ({tmp_path.resolve()})"
    )
    (tmp_path / "photos" / "dog" / "c.png").symlink_to(away)
    assert told(tmp_path, PHOTOS, GREY) == (
        f"photos/dog/c.png:1:1: outside-project: is a link that leads out of the project ({tmp_path.resolve()})"
    )


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("none.png", "no-file: 'none.png' does not exist"),
        ("photos", "bad-data: 'photos' is no image that is read here: .jpeg, .jpg, .png"),
        ("d.csv", "bad-data: 'd.csv' is no image that is read here: .jpeg, .jpg, .png"),
        ("x" * 300 + ".png", "no-file: "),
    ],
)
def test_a_path_in_a_table_that_leads_nowhere(tmp_path, cell, message):
    write(tmp_path, cat__a=png(1))
    (tmp_path / "d.csv").write_text(f"y,path\np,photos/cat/a.png\nq,{cell}\n")
    assert told(tmp_path, 'source = "d.csv"\nimages = "path"', GREY).startswith(f"d.csv:3:3: {message}")


def test_images_for_an_input_that_takes_none(tmp_path):
    write(tmp_path, cat__a=png(1), dog__b=png(2))
    assert told(tmp_path, PHOTOS, {"x": Tensor((None, 24))}) == (
        "photos/cat:1:1: data-shape: input 'x' is 24; an image needs height×width, or height×width×channels with "
        "1 channel (grey), 3 (RGB) or 4 (RGBA)"
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "bfloat16", "uint8", "int32"])
def test_types_that_hold_pixels(tmp_path, dtype):
    write(tmp_path, cat__a=png(255), dog__b=png(0))
    found = samples(tmp_path, PHOTOS, {"image": Tensor((None, 4, 6), dtype)}).inputs["image"]
    assert found.dtype == ("float32" if dtype == "bfloat16" else dtype)
    assert found[:, 0, 0].tolist() == [255, 0]


@pytest.mark.parametrize("dtype", ["bool", "int8", "string"])
def test_types_that_do_not(tmp_path, dtype):
    write(tmp_path, cat__a=png(255), dog__b=png(0))
    assert told(tmp_path, PHOTOS, {"image": Tensor((None, 4, 6), dtype)}) == (
        f"photos/cat:1:1: data-shape: input 'image' is {dtype}; pixels are numbers from 0 to 255"
    )


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    write(tmp_path, cat__a=png(1), dog__b=png(2))
    monkeypatch.setattr("netspec.data.images.find_spec", lambda name: None)
    assert told(tmp_path, PHOTOS, GREY) == (
        "photos:1:1: not-installed: reading images needs Pillow, which is not installed: "
        'python -m pip install "netspec-keras[images]"'
    )
