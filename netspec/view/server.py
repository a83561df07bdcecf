"""The server of the live page: who connects, for how long, and how it all ends."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from netspec.view.answer import Answer
from netspec.view.edition import Asked
from netspec.view.gate import LOOPBACK
from netspec.view.live import PATIENCE, Live

MOST_CONNECTIONS = 64
HEARTBEAT = 2.0  # seconds: so often a silent stream finds out whether somebody listens


class Server(ThreadingMixIn, TCPServer):
    """A thread for each connection, and so many connections at most."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would take a port from whom it belongs to
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, live: Live, page: str, port: int, heartbeat: float):
        self.live, self.page, self.heartbeat = live, page.encode(), heartbeat
        self._open: set[socket.socket] = set()
        self._left = threading.Condition()
        super().__init__((LOOPBACK, port), Answer)
        self.port: int = self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._left:
            is_full = len(self._open) >= MOST_CONNECTIONS
            if not is_full:
                self._open.add(request)
        if is_full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._left:
            self._open.discard(request)
            self._left.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: what is left to fail here is a connection that its other end gave up."""

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self.shutdown()
        self.server_close()
        with self._left:
            for request in self._open:
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:  # the other end was faster
                    pass
            self._left.wait_for(lambda: not self._open, PATIENCE)


@contextmanager
def serving(asked: Asked, port: int = 0, heartbeat: float = HEARTBEAT) -> Iterator[str]:
    """The address of a live page that follows a spec as long as the context lasts; port 0 is any that is free.

    ``OSError`` where the port is taken.
    """
    from netspec.draw.page import page

    live = Live(asked)
    server = Server(live, page(None, asked.view, asked.theme, asked.direction, asked.depth, live=True), port, heartbeat)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="netspec-server", daemon=True)
    live.start()
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.port}/"
    finally:
        live.close()
        server.stop()
        thread.join(PATIENCE)
