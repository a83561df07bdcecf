"""A drawn graph, and the forms it can take."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from netspec.draw import dot as language
from netspec.draw.cards import Cards, deal
from netspec.draw.drawing import Drawing
from netspec.draw.labels import totals
from netspec.draw.mermaid import flowchart
from netspec.draw.render import DrawError
from netspec.draw.texts import clean
from netspec.draw.themes import THEMES
from netspec.draw.tree import tree
from netspec.draw.views import PINNED, blocks, chosen, flow, module
from netspec.graph import Graph

LARGEST = 1500  # cards: more is neither laid out in time nor read by anyone


@dataclass(frozen=True)
class Picture(Drawing):
    """A picture as Graphviz' text, which is laid out when a form is asked for.

    ``view`` is the one that was chosen, ``cards`` the graph as the text forms show it; ``is_trained`` tells whether
    the picture shows weights or classes, which those forms do not have.
    """

    graph: Graph
    dot: str
    cards: Cards
    view: str
    theme: str
    direction: str
    depth: int | None = None
    is_trained: bool = False

    @property
    def title(self) -> str:
        """What the picture shows, in a word."""
        return self.graph.name

    @property
    def description(self) -> str:
        """What the picture shows, for those who do not see it."""
        return "\n".join([clean(self.graph.description, 1000), ", ".join(totals(self.graph))]).strip()

    @property
    def pinned(self) -> bool:
        """Whether the text says where each node stands."""
        return self.view in PINNED

    @property
    def forms(self) -> dict[str, Callable[[], bytes]]:
        """For each suffix of a file, what makes its content."""
        page = {".mmd": lambda: self.mermaid().encode(), ".html": lambda: self.html().encode()}
        return super().forms | page

    def mermaid(self) -> str:
        """The cards of the picture in Mermaid's language, for a README or a pull request."""
        self._refuse_trained("Mermaid")
        return flowchart(self.graph, self.cards, flow(self.direction))

    def html(self) -> str:
        """A page of its own, in which the picture can be searched, and its blocks opened and closed."""
        self._refuse_trained("an HTML page")
        from netspec.draw.page import page  # which draws pictures itself

        return page(self.graph, self.view, self.theme, self.direction, self.depth)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """What a notebook shows: the picture, its ids its own, so that a page can hold many; or the tree as text.

        Of these only what is in ``include``, if that names any, and not in ``exclude``.
        """
        forms = {"image/svg+xml": self.inline, "text/plain": lambda: tree(self.graph, depth=self.depth)}
        wanted = [name for name in forms if (not include or name in include) and name not in (exclude or ())]
        return {name: forms[name]() for name in wanted}

    def _refuse_trained(self, form: str) -> None:
        if self.is_trained:
            raise DrawError(f"{form} shows no weights and no classes: save the picture as SVG, PNG, PDF or DOT")


def draw(
    graph: Graph,
    theme: str = "auto",
    direction: str = "auto",
    view: str = "auto",
    depth: int | None = None,
    weights: Mapping[str, Sequence[Sequence[float]]] | None = None,
    classes: Mapping[str, Sequence[str]] | None = None,
) -> Picture:
    """A picture of ``graph``; ``DrawError`` where it is too large or what is asked for is unknown.

    The theme "auto" is light, and in a page the reader's own; the direction "auto" is downwards, and in the views
    "neurons" and "volumes", which have no other, to the right.  ``depth`` says how many blocks within blocks are open:
    at 0 each is one card.  The view "neurons" shows ``weights``, for names of dense layers the rows of their kernels,
    and ``classes``, for names of outputs what their units mean.
    """
    if theme not in ("auto", *THEMES):
        raise DrawError(f"there is no theme {theme!r}; there are auto, {', '.join(THEMES)}")
    colours = THEMES["light" if theme == "auto" else theme]
    view = chosen(graph, view, depth, direction)
    trained = {name: given for name, given in (("weights", weights), ("classes", classes)) if given}
    if trained and view != "neurons":
        raise DrawError(f"{' and '.join(trained)} are shown by the view 'neurons' alone, not by {view!r}")
    if view in PINNED:
        text = getattr(module(view), view)(graph, colours, **trained)
        return Picture(graph, text, blocks(graph), view, theme, direction, is_trained=bool(trained))
    cards = blocks(graph, depth) if view == "blocks" else deal(graph)
    if len(cards.cards) > LARGEST:
        raise DrawError(f"{len(cards.cards):,} cards are too many for a picture, which holds {LARGEST:,}")
    text = language.dot(graph, cards, colours, flow(direction))
    return Picture(graph, text, cards, view, theme, direction, depth if view == "blocks" else None)
