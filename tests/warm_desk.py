"""``netspec`` as a command whose processes have TensorFlow imported: each is a fork of one that does nothing else.

``python warm_desk.py SOCKET`` waits for commands there; ``warm`` starts it and writes the program that calls it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: The program: it hands over its words, its surroundings and its three streams, and ends as the command does.
PROGRAM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as call:
    call.connect({place!r})
    told = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(call, [len(told).to_bytes(4, "big")], [0, 1, 2])
    call.sendall(told)
    os.close(1), os.close(2)
    sys.exit(int(call.recv(4) or b"1"))
"""


@contextmanager
def warm(program: Path) -> Iterator[None]:
    """Let ``program`` be ``netspec``."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # a socket's path is to be short
        place = f"{folder}/calls"
        program.write_text(PROGRAM.format(python=sys.executable, place=place))
        program.chmod(0o755)
        with subprocess.Popen([sys.executable, __file__, place], stdout=subprocess.PIPE) as running:
            assert running.stdout
            assert running.stdout.readline(), "it says when it listens"
            try:
                yield
            finally:
                running.terminate()


def main(place: str) -> None:
    with suppress(ImportError):  # without TensorFlow there is less to import beforehand
        import netspec.keras.quiet
    import netspec.cli  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.socket(socket.AF_UNIX) as calls:
        calls.bind(place)
        calls.listen()
        print("listening", flush=True)
        while True:
            call, _ = calls.accept()
            if os.fork() == 0:
                calls.close()
                served(call)
            call.close()


def served(call: socket.socket) -> None:
    """Do one command in this process, which ends with it."""
    from netspec.__main__ import run

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(call, 4, 3)
    with call.makefile("rb") as file:
        words, folder, environment = json.loads(file.read(int.from_bytes(length, "big")))
    for at, stream in enumerate(streams):
        os.dup2(stream, at)
        os.close(stream)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)  # of these very files
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["netspec", *words]
    code: object = 1
    try:
        run()
    except SystemExit as error:
        code = error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        call.sendall(str(code if isinstance(code, int) else int(bool(code))).encode())
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
