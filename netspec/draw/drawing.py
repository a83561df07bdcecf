"""A text for Graphviz that is laid out when a form is asked for, and the forms that come of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path

from netspec.draw import pdf, svg
from netspec.draw.render import DrawError, NoForm, UnknownFormat, render
from netspec.source import write_whole

DENSITY = 144  # dots per inch
PIXELS = 30_000  # of the longer side: engines and viewers break beyond 32,767

_SHOWN = count(1)  # the pictures that a notebook has shown, for ids that none of them share


class Drawing:
    """What has a text ``dot``, a ``title`` and a ``description`` for those who do not see it."""

    dot: str

    @property
    def title(self) -> str:
        """What is drawn, in a word."""
        raise NotImplementedError

    @property
    def description(self) -> str:
        """What is drawn, for those who do not see it."""
        raise NotImplementedError

    @property
    def pinned(self) -> bool:
        """Whether the text says where each node stands."""
        return False

    @property
    def forms(self) -> dict[str, Callable[[], bytes]]:
        """For each suffix of a file, what makes its content."""
        return {
            ".svg": lambda: self.svg().encode(),
            ".png": self.png,
            ".pdf": self.pdf,
            ".dot": self.dot.encode,
        }

    def svg(self, prefix: str = "") -> str:
        """The picture as SVG, without a declaration, so that a page can hold it; ``prefix`` begins every id."""
        return svg.finished(self._laid_out(), self.title, self.description, prefix)

    def png(self) -> bytes:
        """The picture as PNG, sharp enough for a page of text, coarser where it is very long."""
        density = min(DENSITY, int(PIXELS * 72 / svg.points(self._laid_out())))
        return render(self.dot, "png", self.pinned, f"-Gdpi={density}")

    def pdf(self) -> bytes:
        """The picture as PDF, the same bytes each time where the engine's can be made so.

        Where it cannot, or the engine writes none, it is made from the SVG; ``DrawError`` where neither can be.
        """
        try:
            made = render(self.dot, "pdf", self.pinned)
            if undated := pdf.undated(made):
                return undated
            unknown = None
        except UnknownFormat as error:
            made, unknown = b"", error
        try:
            return pdf.converted(self.svg(), self.title, self.description)
        except pdf.NotInstalled as missing:
            if unknown is None:
                return made
            raise DrawError(f"{unknown}; or type {missing}") from None

    def save(self, path: str | Path) -> None:
        """Write the form that the suffix names; the file appears whole or not at all."""
        path = Path(path)
        form = self.forms.get(path.suffix.lower())
        if form is None:
            raise NoForm(f"a picture's name ends in {', '.join(self.forms)}, not in {path.suffix or 'nothing'!r}")
        content = form()
        try:
            write_whole(path, content)
        except OSError as error:
            raise DrawError(f"{path} cannot be written: {error.strerror or error}") from None

    def inline(self) -> str:
        """The picture for a page that may show the same picture twice."""
        return self.svg(f"n{sha256(self.dot.encode()).hexdigest()[:8]}-{next(_SHOWN)}-")

    def _laid_out(self) -> str:
        return render(self.dot, "svg", self.pinned).decode("utf-8")
