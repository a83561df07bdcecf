"""What of a Keras model a spec cannot say, and how that is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netspec.problems import LONGEST, plain


@dataclass(frozen=True)
class Fault:
    """One reason why a model, or a layer of it, cannot become part of a spec.

    ``layer`` and ``kind`` are its name and class in Keras, empty where the fault is the whole file's; ``argument`` is
    what of it is at fault, if one argument is.
    """

    reason: str
    layer: str = ""
    kind: str = ""
    argument: str = ""

    @property
    def said(self) -> str:
        """The fault on one line, unable to steer a terminal, and not endless."""
        kind = f" ({self.kind})" if self.kind else ""
        argument = f", {self.argument!r}" if self.argument else ""
        where = f"{self.layer or 'a layer'}{kind}{argument}: " if self.layer or self.kind else ""
        text = plain(where + self.reason)
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"


class DecompileError(Exception):
    """Everything because of which a model cannot become a spec, each fault once."""

    def __init__(self, faults: Iterable[Fault] | str):
        found = [Fault(faults)] if isinstance(faults, str) else list(dict.fromkeys(faults))
        self.faults = tuple(found)
        super().__init__("\n".join(fault.said for fault in self.faults))
