"""What comes next is made while what is there is used."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Full, Queue
from typing import Any, TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], most: int = 2) -> Generator[Item, None, None]:
    """The same items, ``most`` of them made ahead in a thread, which ends with the iterator."""
    queue: Queue[tuple[str, Any]] = Queue(most)
    ended = threading.Event()

    def put(kind: str, item: Any) -> bool:
        while not ended.is_set():
            try:
                queue.put((kind, item), timeout=0.1)
                return True
            except Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
            put("end", None)
        except BaseException as error:  # raised again where the items are used
            put("error", error)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while (given := queue.get())[0] == "item":
            yield given[1]
        if given[0] == "error":
            raise given[1]
    finally:
        ended.set()
        thread.join()
