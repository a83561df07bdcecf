"""A picture as a page of its own: one file of HTML that opens anywhere and loads nothing."""

from netspec.draw.page.content import content as content
from netspec.draw.page.content import opened as opened
from netspec.draw.page.document import page as page
