"""Pictures of a graph: cards in DOT, SVG, PNG and, where the engine can, PDF."""

from netspec.draw.picture import Picture as Picture
from netspec.draw.picture import draw as draw
from netspec.draw.render import DrawError as DrawError
