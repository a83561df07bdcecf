"""Pictures of a graph: cards, blocks, neurons and volumes, in DOT, SVG, PNG, PDF and Mermaid; and a tree of text."""

from netspec.draw.picture import Picture as Picture
from netspec.draw.picture import draw as draw
from netspec.draw.render import DrawError as DrawError
from netspec.draw.render import NoForm as NoForm
from netspec.draw.tree import tree as tree
