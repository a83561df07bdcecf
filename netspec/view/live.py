"""The latest edition of a spec, and the thread that keeps it so."""

from __future__ import annotations

import threading
import time

from netspec.draw.render import interrupt
from netspec.view.edition import Asked, Edition, following
from netspec.view.files import Files

PERIOD = 0.1  # seconds between two looks at the files
PATIENCE = 1.0  # seconds that a thread is given to end


class Live:
    """Follows a spec until it is closed."""

    def __init__(self, asked: Asked):
        self.asked = asked
        self.edition = Edition()
        self.closed = threading.Event()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="netspec-files", daemon=True)

    def start(self) -> None:
        """Begin to follow: the first edition comes as soon as it is drawn."""
        self._thread.start()

    def after(self, seen: Edition, patience: float) -> Edition:
        """The edition that came after ``seen``; ``seen`` itself where none came within ``patience`` seconds."""
        with self._news:
            self._news.wait_for(lambda: self.edition is not seen or self.closed.is_set(), patience)
            return self.edition

    def close(self) -> None:
        """Stop following, and wake all who wait."""
        self.closed.set()
        with self._news:
            self._news.notify_all()
        end = time.monotonic() + PATIENCE
        while self._thread.is_alive() and time.monotonic() < end:
            interrupt()
            self._thread.join(0.05)

    def _follow(self) -> None:
        files = Files(self.asked.file)
        while not self.closed.is_set():
            if files.changed():
                edition = following(self.edition, self.asked, files.text)
                with self._news:
                    self.edition = edition
                    self._news.notify_all()
            self.closed.wait(PERIOD)
