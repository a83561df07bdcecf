"""One entry of ``layers`` to a Step: its expressions worked out, its keys checked, nothing looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netspec.problems import Problem, nearest, shown
from netspec.source import Loc
from netspec.spec.reading import Reading
from netspec.spec.spec import Origin, Step
from netspec.spec.values import evaluated

_LAYER = ("name", "type", "inputs", "when")
_ORIGIN = ("from_run", "from_layer")
_SHARE = ("name", "share", "inputs", "when")
_BLOCK = ("name", "block", "inputs", "when", "repeat", "vars", "as_model", "trainable")


def read_entry(entry: Any, loc: Loc, scope: Mapping[str, Any]) -> tuple[Step, list[Problem]]:
    """The step that an entry states in ``scope``, and every problem in it."""
    reading = _Entry()
    step = reading.step(entry, loc, scope)
    return step, [problem for problem in reading.problems if problem.message]


class _Entry(Reading):
    def step(self, entry: Any, loc: Loc, scope: Mapping[str, Any]) -> Step:
        if isinstance(entry, str):
            entry = {"type": entry}
        if not isinstance(entry, dict):
            self.wrong("wrong-type", f"a layer is a name or a table, not {shown(entry)}", *loc)
            return Step(loc, None, {}, None, broken=True)
        absent = self._absent(entry, loc, scope)
        entry = entry if absent is False else {key: entry[key] for key in ("name", "inputs") if key in entry}
        entry = self._evaluated(entry, loc, scope)
        name = entry.get("name")
        if "name" in entry and not self.name(name, *loc, "name"):
            name = name if isinstance(name, str) else None  # a bad name is a name still, for those who refer to it
        inputs = self.wires(entry["inputs"], *loc, "inputs") if "inputs" in entry else None
        if absent is not False:
            return Step(loc, name, {}, inputs, absent=True, broken=bool(self.problems))
        if "block" in entry:
            return self._block(entry, loc, name, inputs)
        if "share" in entry:
            return self._share(entry, loc, name, inputs)
        fields = {key: value for key, value in entry.items() if key not in ("name", "inputs", "when", *_ORIGIN)}
        origin = self._origin(entry, loc)
        if "type" not in fields:
            self.wrong("missing-type", "this layer needs a 'type'", *loc)
        whole = "type" in fields and not self.unknown
        return Step(loc, name, fields if whole else {}, inputs, origin=origin, broken=bool(self.problems))

    def _origin(self, entry: dict[str, Any], loc: Loc) -> Origin | None:
        """The layer of another run that the entry begins with, if it names one."""
        run, layer = (entry.get(key) for key in _ORIGIN)
        if "from_run" in entry and (not isinstance(run, str) or not run.strip() or "\0" in run):
            self.wrong("wrong-type", f"'from_run' is the folder of a run, not {shown(run)}", *loc, "from_run")
        if "from_layer" in entry:
            self.name(layer, *loc, "from_layer")
            if "from_run" not in entry:
                message = "'from_layer' is a layer of 'from_run', the folder of a run, which is not said"
                self.wrong("missing-argument", message, *loc, "from_layer", key=True)
        return Origin(run, layer or "") if isinstance(run, str) else None

    def _absent(self, entry: dict[str, Any], loc: Loc, scope: Mapping[str, Any]) -> bool | None:
        """Whether ``when`` leaves the entry out; ``None`` where that cannot be known."""
        before = len(self.problems)
        when = evaluated(entry.get("when", True), scope, self.problems, (*loc, "when"))
        if len(self.problems) > before:
            return None
        if not isinstance(when, bool):
            self.wrong("wrong-type", f"'when' is true or false, not {shown(when)}", *loc, "when")
            return None
        return not when

    def _evaluated(self, entry: dict[str, Any], loc: Loc, scope: Mapping[str, Any]) -> dict[str, Any]:
        before = len(self.problems)
        made: dict[str, Any] = evaluated(entry, scope, self.problems, loc)
        self.unknown = {problem.loc for problem in self.problems[before:]}
        return made

    def _share(self, entry: dict[str, Any], loc: Loc, name: str | None, inputs: Any) -> Step:
        for key in entry:
            if key not in _SHARE:
                message = f"a layer that shares another's has no {key!r} of its own: the two are one"
                self.wrong("unknown-argument", message, *loc, key, key=True)
        share = entry["share"]
        if not isinstance(share, str):
            self.wrong("wrong-type", f"'share' names a layer above, not {shown(share)}", *loc, "share")
            return Step(loc, name, {}, inputs, broken=True)
        return Step(loc, name, {}, inputs, share=share, broken=bool(self.problems))

    def _block(self, entry: dict[str, Any], loc: Loc, name: str | None, inputs: Any) -> Step:
        for key in entry:
            if key not in _BLOCK:
                hint = nearest(key, _BLOCK) or ("; its vars stand in 'vars'" if key not in _LAYER else "")
                hint = "; a layer in the block may have one" if key in _ORIGIN else hint
                message = f"an entry that uses a block has no {key!r}{hint}"
                self.wrong("unknown-argument", message, *loc, key, key=True)
        repeat = entry.get("repeat")
        if repeat is not None and (not isinstance(repeat, int) or isinstance(repeat, bool) or repeat < 0):
            self.wrong("out-of-range", f"'repeat' is a whole number from 0, not {shown(repeat)}", *loc, "repeat")
        for key in ("as_model", "trainable"):
            if not isinstance(entry.get(key, True), bool):
                self.wrong("wrong-type", f"{key!r} is true or false, not {shown(entry[key])}", *loc, key)
        if not isinstance(entry.get("vars", {}), dict):
            self.wrong("wrong-type", f"'vars' is a table, not {shown(entry['vars'])}", *loc, "vars")
        if not isinstance(entry["block"], str):
            self.wrong("wrong-type", f"'block' names one of [blocks], not {shown(entry['block'])}", *loc, "block")
        if self.problems:
            return Step(loc, name, {}, inputs, broken=True)
        return Step(
            loc,
            name,
            entry.get("vars", {}),
            inputs,
            block=entry["block"],
            repeat=repeat,
            as_model=entry.get("as_model", False),
            trainable=entry.get("trainable", True),
        )
