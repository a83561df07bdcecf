"""The words of a kind.

Branches share rules, leaves are words.  Which words there are is read from the files, so that no list can
be forgotten and a file is imported only when a spec uses one of its words.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any, Generic, TypeVar

from netspec.parts.faults import make, nested
from netspec.parts.term import Term, snake
from netspec.problems import Problem, nearest, shown
from netspec.source import Loc

T = TypeVar("T", bound=Term)

#: What papers and other libraries call a word of Keras.
ALSO = {
    "xavier": "glorot_uniform",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "kaiming": "he_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "logistic": "sigmoid",
    "linear": "Dense",
}


class Vocabulary(Mapping[str, type[T]], Generic[T]):
    """The words of one kind, by Keras' names: ``LAYERS["Dense"]`` is a class.

    ``files`` are the modules of ``package`` that hold them, each imported when one of its words is first asked for.
    A line ``MaxPool2D = MaxPooling2D`` in a file makes another name for a word, as Keras has them.
    With ``lower`` a word may also be written as it makes of the name: ``snake`` gives ``he_normal`` for ``HeNormal``.
    """

    def __init__(
        self, kind: str, root: str, files: list[Path], package: str, lower: Callable[[str], str] | None = None
    ):
        self.kind, self.root, self.files, self.package, self.lower = kind, root, files, package, lower

    @cached_property
    def _found(self) -> dict[str, tuple[str, str]]:
        """Each way to write a word: the module that holds it and its class there."""
        found: dict[str, tuple[str, str]] = {}
        for file in sorted(self.files):
            module = self._module(file)
            for name in re.findall(
                r"^(?:class (?=\w+\())?([A-Z]\w+)(?:\(| = [A-Z]\w+$)", file.read_text("utf-8"), re.M
            ):
                found[name] = (module, name)
                if self.lower:
                    found.setdefault(self.lower(name), (module, name))
        return found

    def _module(self, file: Path) -> str:
        """The module that a file of the package holds, however deep in the package's folder it lies."""
        home = self.package.rpartition(".")[2]
        folders = takewhile(lambda folder: folder != home, reversed(file.parts[:-1]))
        return ".".join([self.package, *reversed([*folders]), file.stem])

    def __getitem__(self, name: str) -> type[T]:
        module, attribute = self._found[name]
        cls = getattr(import_module(module), attribute)
        if not self._is_leaf(cls):
            raise KeyError(name)
        return cls

    def _is_leaf(self, cls: type) -> bool:
        named = any(base.__name__ == self.root for base in cls.__mro__[1:])
        return named and not cls.__subclasses__()

    def canonical(self, name: str) -> str:
        """The class that a name stands for, the name itself where there is none."""
        return self[name].__name__ if name in self else name

    def __iter__(self) -> Iterator[str]:
        for name, (module, attribute) in self._found.items():
            if name == attribute:
                cls = getattr(import_module(module), attribute)
                if cls.__name__ == name and self._is_leaf(cls):
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def written(self) -> list[str]:
        """The words as specs usually write them: in lower case where that reads well."""
        words = [name for name, cls in self.items() if not cls.refused]
        return [self._lowered(name) for name in words] if self.lower else words

    def _lowered(self, name: str) -> str:
        lower = self.lower(name) if self.lower else name
        torn = re.search(r"_[a-z](_|$)", lower) or (lower != snake(name) and "_" in snake(name))
        return name if torn else lower

    @property
    def plural(self) -> str:
        """The word for several of the kind."""
        return self.kind + ("es" if self.kind.endswith("s") else "s")

    @property
    def _article(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def read(self, words: Any, untyped: Callable[[dict[str, Any]], str | None] = lambda table: None) -> T:
        """The word that a name or a table with ``type`` states; raises with every problem in it.

        ``untyped`` names the word that a table without ``type`` means, if it means one.
        """
        if isinstance(words, Term):
            return words  # type: ignore[return-value]
        at: Loc = ("type",) if isinstance(words, dict) else ()
        if isinstance(words, str):
            words = {"type": words}
        elif not isinstance(words, dict):
            raise nested(Problem("wrong-type", f"{self._article} is a name or a table, not {shown(words)}"))
        table = dict(words)
        name = table.pop("type", None)
        if name is None and (name := untyped(table)) is None:
            raise nested(Problem("missing-type", f"this {self.kind} needs a 'type'"))
        try:
            cls = self[name] if isinstance(name, str) else None
        except KeyError:
            cls = None
        if cls is None:
            if not isinstance(name, str):
                raise nested(Problem("wrong-type", f"the 'type' of {self._article} is a name, not {shown(name)}", at))
            also = ALSO.get(name.lower())
            hint = f"; Keras calls it {also!r}" if also in self.written else nearest(name, self.written)
            raise nested(Problem(f"unknown-{self.kind}", f"no {self.kind} is called {name!r}{hint}", at))
        if cls.refused:
            raise nested(Problem(f"refused-{self.kind}", f"{name!r} cannot stand in a spec: {cls.refused}", at))
        return make(cls, table)
