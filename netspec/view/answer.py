"""One request and its answer."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from netspec.draw import DrawError
from netspec.draw.views import FLOWS, flow
from netspec.view.edition import Edition
from netspec.view.gate import HEADERS, is_ours

if TYPE_CHECKING:
    from netspec.view.server import Server

LARGEST_HEAD = 2**16  # bytes of a request line and its headers


class Answer(BaseHTTPRequestHandler):
    """Answers the one request of a connection."""

    server: Server
    timeout = 10.0  # seconds for the request to arrive, and for any part of its answer to be taken
    server_version, sys_version = "netspec", ""
    default_request_version = "HTTP/1.0"  # before it, answers had no headers

    def handle(self) -> None:
        """Read the request, all of it before any of it is believed, and answer."""
        try:
            head = _received(self.connection, self.timeout)
            self.rfile = io.BytesIO(head)
            self.raw_requestline = self.rfile.readline(LARGEST_HEAD)
            if len(head) > LARGEST_HEAD:
                self.requestline, self.request_version, self.command = "", self.default_request_version, ""
                self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            elif self.parse_request():
                self._answer()
        except (ConnectionError, TimeoutError):
            pass  # nobody is there any more

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        if not is_ours(self.headers, self.server.port):
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.command != "GET":
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
        elif self.path == "/":
            self._reply(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)
        elif self.path == "/events":
            self._events()
        elif path == "/picture":
            status, said = self._picture(query)
            self._reply(status, "application/json", said.encode())
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _events(self) -> None:
        """Tell every edition, until the server stops or nobody listens."""
        self._begin(HTTPStatus.OK, "text/event-stream")
        live, seen = self.server.live, Edition()
        while not live.closed.is_set():
            now = live.after(seen, self.server.heartbeat)
            self.wfile.write(now.since(seen) or b": still here\n\n")
            seen = now

    def _picture(self, query: str) -> tuple[HTTPStatus, str]:
        """The last good graph with some of its blocks open, or why it cannot be shown."""
        live = self.server.live
        try:
            return HTTPStatus.OK, live.edition.opened(*_opening(query, flow(live.asked.direction)))
        except (DrawError, ValueError) as error:
            return HTTPStatus.BAD_REQUEST, json.dumps({"message": str(error)})
        except Exception as error:  # a mistake of ours is told, and ends nothing
            said = f"netspec itself failed: {type(error).__name__}: {error}"
            return HTTPStatus.INTERNAL_SERVER_ERROR, json.dumps({"message": said})

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the name of what is wrong, and nothing of what was asked."""
        self._reply(HTTPStatus(code), "text/plain; charset=utf-8", f"{code} {HTTPStatus(code).phrase}\n".encode())

    def _reply(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self._begin(status, kind, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _begin(self, status: HTTPStatus, kind: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        allowed = {"Allow": "GET"} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
        self.send_response(status)
        for name, value in {"Content-Type": kind, **HEADERS, **allowed, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the author."""


def _received(connection: socket.socket, patience: float) -> bytes:
    """The request line and headers, and a byte more than ``LARGEST_HEAD`` where they are too large.

    ``TimeoutError`` where they take longer than ``patience`` seconds, ``ConnectionError`` where they end too soon.
    """
    head = bytearray()
    end = time.monotonic() + patience
    while len(head) <= LARGEST_HEAD and b"\r\n\r\n" not in head[-4099:]:
        connection.settimeout(max(0.001, end - time.monotonic()))
        got = connection.recv(min(4096, LARGEST_HEAD + 1 - len(head)))
        if not got:
            raise ConnectionError("the request is not whole")
        head += got
    connection.settimeout(patience)
    return bytes(head)


def _opening(query: str, direction: str) -> tuple[list[str], str]:
    """The blocks to open, and the direction, that a query asks for; ``ValueError`` where it asks for anything else."""
    names = []
    for key, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        if key == "open":
            names.append(value)
        elif key == "direction" and value in FLOWS:
            direction = value
        else:
            raise ValueError(f"a picture is asked for with open=BLOCK and direction={'|'.join(FLOWS)}")
    return names, direction
