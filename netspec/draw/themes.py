"""Colours: one for each family of layers, and text that can be read on all of them.

The families' colours are Okabe and Ito's, extended so that they stay apart for colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

LEGIBLE = 4.5  # the contrast that WCAG asks of text


class Change(NamedTuple):
    """How what was added, removed or changed looks: the colour that says so, and the ground of its card."""

    colour: str
    ground: str


@dataclass(frozen=True)
class Theme:
    """The colours of one kind of picture."""

    ground: str
    card: str
    input_card: str
    output_card: str
    ink: str
    muted: str
    line: str
    border: str
    skip: str
    skip_style: str
    track: str
    frame: str
    frame_border: str
    other: str
    families: Mapping[str, str]
    changes: Mapping[str, Change]

    def family(self, name: str) -> str:
        """The colour of a family, that of ``other`` for one that it does not know."""
        return self.families.get(name, self.other)


@lru_cache(maxsize=512)  # the same few colours on the same few grounds
def legible(colour: str, ground: str) -> str:
    """``colour``, moved towards black or white until text in it can be read on ``ground``.

    >>> legible("#000000", "#ffffff"), legible("#56b4e9", "#ffffff")
    ('#000000', '#3a7a9e')
    """
    toward = 255 if _luminance(ground) < 0.2 else 0
    channels = _channels(colour)
    mixed = colour
    for step in range(51):
        mixed = "#" + "".join(f"{round(each + (toward - each) * step / 50):02x}" for each in channels)
        if contrast(mixed, ground) >= LEGIBLE:
            break
    return mixed


def contrast(one: str, other: str) -> float:
    """How much two colours differ in lightness, from 1 to 21, as WCAG counts it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4
        for each in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


THEMES = {
    "light": Theme(
        ground="#ffffff",
        card="#ffffff",
        input_card="#e7f6f1",
        output_card="#fdeee4",
        ink="#0f172a",
        muted="#64748b",
        line="#475569",
        border="#cbd5e1",
        skip="#b45309",
        skip_style="solid",
        track="#f1f5f9",
        frame="#f8fafc",
        frame_border="#cbd5e1",
        other="#64748b",
        families={
            "input": "#009e73",
            "preprocessing": "#b7bcc6",
            "convolutional": "#0072b2",
            "pooling": "#4cadff",
            "core": "#aa3377",
            "rnn": "#5a1e00",
            "attention": "#a55aff",
            "merging": "#332288",
            "activations": "#e6a800",
            "normalization": "#b7bcc6",
            "regularization": "#b7bcc6",
            "reshaping": "#b7bcc6",
            "output": "#d55e00",
        },
        changes={
            "added": Change("#00a06b", "#e3f5ec"),
            "removed": Change("#a8141c", "#fdebe9"),
            "changed": Change("#dfa000", "#fff6df"),
        },
    ),
    "dark": Theme(
        ground="#0b1220",
        card="#141d2f",
        input_card="#0f2e29",
        output_card="#33200f",
        ink="#e8eef7",
        muted="#93a3b8",
        line="#8ea0b8",
        border="#33415a",
        skip="#f5b14c",
        skip_style="solid",
        track="#1d2940",
        frame="#0f1829",
        frame_border="#33415a",
        other="#93a3b8",
        families={
            "input": "#1fbf8f",
            "preprocessing": "#5b606a",
            "convolutional": "#398cd6",
            "pooling": "#a5dcff",
            "core": "#e235a9",
            "rnn": "#a05a1e",
            "attention": "#961ee1",
            "merging": "#b3a8fc",
            "activations": "#ffd35c",
            "normalization": "#5b606a",
            "regularization": "#5b606a",
            "reshaping": "#5b606a",
            "output": "#f88f37",
        },
        changes={
            "added": Change("#1fbf8f", "#0f2e24"),
            "removed": Change("#e0453c", "#331515"),
            "changed": Change("#ffd35c", "#2f2410"),
        },
    ),
    "print": Theme(
        ground="#ffffff",
        card="#ffffff",
        input_card="#ffffff",
        output_card="#ffffff",
        ink="#000000",
        muted="#333333",
        line="#000000",
        border="#000000",
        skip="#000000",
        skip_style="dashed",
        track="#e8e8e8",
        frame="#ffffff",
        frame_border="#777777",
        other="#777777",
        families={
            "input": "#000000",
            "preprocessing": "#bbbbbb",
            "convolutional": "#000000",
            "pooling": "#777777",
            "core": "#000000",
            "rnn": "#000000",
            "attention": "#000000",
            "merging": "#000000",
            "activations": "#777777",
            "normalization": "#bbbbbb",
            "regularization": "#bbbbbb",
            "reshaping": "#bbbbbb",
            "output": "#000000",
        },
        changes={
            "added": Change("#000000", "#ffffff"),
            "removed": Change("#000000", "#ffffff"),
            "changed": Change("#000000", "#eeeeee"),
        },
    ),
}
