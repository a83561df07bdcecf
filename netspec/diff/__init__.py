"""Two graphs to what changed between them; said as text, Markdown, JSON and pictures."""

from netspec.diff.change import Argument as Argument
from netspec.diff.change import Change as Change
from netspec.diff.change import Diff as Diff
from netspec.diff.compare import diff as diff
