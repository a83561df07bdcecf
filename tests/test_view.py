"""The live page: who is answered, what is told after each save, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from netspec.cli import main
from netspec.view import Asked, serving
from netspec.view.answer import Answer

GOOD = 'inputs.x = [8]\nlayers = [{ name = "a", type = "Dense", units = 3 }, "ReLU"]\n'
BAD = GOOD.replace("units = 3", "units = 0")
ODD = 'inputs.x = [8]\nlayers = [{ type = "Dense", units = 3, use_bias = true }, "BatchNormalization"]\n'
BLOCKS = """inputs.x = [8]
blocks.pair.layers = [{ type = "Dense", units = 8 }, "ReLU"]
layers = [{ name = "one", block = "pair" }, { name = "two", block = "pair" }]
"""
WAIT = 10.0  # seconds after which something is taken for lost


@pytest.fixture
def spec(tmp_path):
    """A good spec, alone in its project."""
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "net.toml"
    path.write_text(GOOD)
    return path


@contextmanager
def live(path, **asked):
    """The port of a live page of ``path``, whose streams beat fast."""
    before = set(threading.enumerate())
    with serving(Asked(str(path), **asked), heartbeat=0.1) as address:
        yield int(address.rstrip("/").rpartition(":")[2])
    left = {each for each in set(threading.enumerate()) - before if not each.name.startswith("asyncio-waitpid")}
    assert not left, "threads are left"  # but for that in which a browser's driver may have begun to wait


def connect(port, request):
    connection = socket.create_connection(("127.0.0.1", port), WAIT)
    connection.sendall(request)
    return connection


def ask(port, request):
    """Status, headers and body of the answer to the bytes of a request."""
    with connect(port, request) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


def request(path="/", method="GET", **headers):
    """A request's bytes; a header's name has ``_`` for ``-``, and ``PORT`` stands for the port."""
    said = {"Host": "127.0.0.1:PORT", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in said.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])


class Stream:
    """Reads server-sent events, one at a time."""

    def __init__(self, port):
        self.connection = connect(port, request("/events").replace("PORT", str(port)).encode())
        self.lines = self.connection.makefile("r", encoding="utf-8")
        assert "200" in self.lines.readline()

    def next(self, kind):
        """The data of the next event of this kind."""
        for line in self.lines:
            if line.rstrip() == f"event: {kind}":
                return json.loads(next(self.lines).removeprefix("data: "))
        raise AssertionError("the stream has ended")

    def told(self):
        """Severity, code and line of each problem that is told next."""
        return [(each["severity"], each["code"], each["line"]) for each in self.next("problems")["problems"]]

    def close(self):
        self.lines.close()
        self.connection.close()


@pytest.fixture
def stream():
    """Open streams that are closed in the end."""
    opened = []

    def of(port):
        opened.append(Stream(port))
        return opened[-1]

    yield of
    for each in opened:
        each.close()


# Who is answered


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    path = tmp_path_factory.mktemp("asked") / "blocks.toml"
    path.write_text(BLOCKS)
    with live(path) as port:
        stream = Stream(port)
        stream.next("content")
        stream.close()
        yield port


ROWS = [
    ("the page", request(), 200),
    ("by the name localhost", request(Host="localhost:PORT"), 200),
    ("in capitals", request(Host="LOCALHOST:PORT"), 200),
    ("by the address of IPv6", request(Host="[::1]:PORT"), 200),
    ("from the page itself", request(Origin="http://127.0.0.1:PORT", Sec_Fetch_Site="same-origin"), 200),
    ("typed by the user", request(Sec_Fetch_Site="none"), 200),
    ("rebound DNS", request(Host="evil.example:PORT"), 403),
    ("rebound DNS, stream", request("/events", Host="evil.example:PORT"), 403),
    ("a name that begins as ours", request(Host="127.0.0.1.evil.example:PORT"), 403),
    ("a name that ends as ours", request(Host="evil.localhost:PORT"), 403),
    ("another port", request(Host="127.0.0.1:1"), 403),
    ("no port", request(Host="127.0.0.1"), 403),
    ("no host", request(Host=None), 403),
    ("an empty host", request(Host=""), 403),
    ("two hosts", request(Host="127.0.0.1:PORT\r\nHost: evil.example"), 403),
    ("another machine's address", request(Host="0.0.0.0:PORT"), 403),
    ("another site", request(Origin="http://evil.example"), 403),
    ("another site, picture", request("/picture", Origin="http://evil.example"), 403),
    ("another port's page", request(Origin="http://localhost:1"), 403),
    ("https", request(Origin="https://127.0.0.1:PORT"), 403),
    ("a page without an origin", request(Origin="null"), 403),
    ("a site that hides its origin", request(Sec_Fetch_Site="cross-site"), 403),
    ("another port of this machine", request(Sec_Fetch_Site="same-site"), 403),
    ("HEAD", request(method="HEAD"), 405),
    ("POST", request(method="POST", Content_Length="3") + "a=b", 405),
    ("OPTIONS", request(method="OPTIONS"), 405),
    ("OPTIONS from elsewhere", request(method="OPTIONS", Origin="http://evil.example"), 403),
    ("an unknown method", request(method="BREW"), 405),
    ("an unknown path", request("/favicon.ico"), 404),
    ("a file", request("/../../etc/passwd"), 404),
    ("the spec", request("/blocks.toml"), 404),
    ("the page, asked for something", request("/?theme=dark"), 404),
    ("a proxy's request", request("http://127.0.0.1:PORT/"), 404),
    ("all blocks closed", request("/picture"), 200),
    ("a block open", request("/picture?open=one"), 200),
    ("two blocks open", request("/picture?open=two&open=one&direction=LR"), 200),
    ("an unknown block", request("/picture?open=three"), 400),
    ("a block without a name", request("/picture?open="), 400),
    ("an unknown direction", request("/picture?direction=UP"), 400),
    ("an unknown question", request("/picture?depth=1"), 400),
    ("no question", request("/picture?open"), 400),
    ("no request", "nonsense\r\n\r\n", 400),
    ("no HTTP", "GET / SMTP/1.1\r\n\r\n", 400),
    ("HTTP of 1991", "GET /\r\n\r\n", 403),
    ("HTTP/2", request().replace("1.1", "2.0"), 505),
    ("a long line", request("/" + "x" * 70_000), 431),
    ("long headers", request(X="y" * 70_000), 431),
    ("many headers", request(**{f"x{at}": "y" for at in range(200)}), 431),
]


@pytest.mark.parametrize(("asked", "status"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_who_is_answered(port, asked, status):
    answered, headers, body = ask(port, asked.replace("PORT", str(port)).encode())
    assert answered == status, body
    assert {name: headers[name] for name in headers if name.startswith(("X-", "Cache", "Referrer"))} == {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not any(name.startswith("Access-Control") for name in headers)
    assert b"evil" not in body
    if status in (200, 400) and headers["Content-Type"] == "application/json":
        assert ("svg" if status == 200 else "message") in json.loads(body)


def test_nobody_answers_at_another_address(port):
    with socket.socket(socket.AF_INET) as other:
        other.settimeout(WAIT)
        with pytest.raises(OSError, match="refused"):
            other.connect(("127.0.0.2", port))


def test_a_silent_client_holds_nobody_up(port):
    silent = [connect(port, b"GET / HT") for _ in range(20)]
    assert ask(port, request().replace("PORT", str(port)).encode())[0] == 200
    for each in silent:
        each.close()


def test_connections_are_bounded_and_given_back(port):
    asked = request().replace("PORT", str(port)).encode()
    silent = [connect(port, b"") for _ in range(64)]
    with connect(port, b"") as late:
        assert late.recv(1) == b"", "the connection after the last is closed"
    for each in silent:
        each.close()
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        try:
            assert ask(port, asked)[0] == 200
            break
        except (OSError, IndexError):
            time.sleep(0.05)
    else:
        pytest.fail("nobody is let in any more")


def ended(threads):
    """Wait until these threads have ended; there must be some."""
    assert threads
    for each in threads:
        each.join(WAIT)
        assert not each.is_alive()


def test_a_stream_that_nobody_reads_any_more_ends(port, stream):
    before = set(threading.enumerate())
    each = stream(port)
    each.next("problems")
    threads = set(threading.enumerate()) - before
    each.close()
    ended(threads)


def test_half_a_request_is_not_waited_for(port, monkeypatch):
    """Not even one whose bytes keep coming."""
    monkeypatch.setattr(Answer, "timeout", 0.3)
    before = set(threading.enumerate())
    with connect(port, b"GET / HTTP/1.1\r\n") as slow:
        time.sleep(0.1)
        threads = set(threading.enumerate()) - before
        for _ in range(4):
            with suppress(ConnectionError):
                slow.sendall(b"x")
            time.sleep(0.1)
        ended(threads)


# What is told


def test_a_stream_that_is_not_read_ends(spec, stream, monkeypatch):
    """And it keeps no other from being told."""
    monkeypatch.setattr(Answer, "timeout", 1.0)
    with live(spec) as port:
        page = stream(port)
        page.told()
        before = set(threading.enumerate())
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(request("/events").replace("PORT", str(port)).encode())
        threads = set()
        for number in range(8):
            spec.write_text(f"# {number}{'x' * 1_000_000}\n{GOOD}")
            assert page.told() == []
            threads = threads or set(threading.enumerate()) - before
        ended(threads)
        deaf.close()


def replaced(path, text):
    """Save as many editors do: write a new file, and let it take the old one's name."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def emptied(path, text):
    """Save as some do: empty the file, then fill it."""
    path.write_text("")
    time.sleep(0.25)
    path.write_text(text)


def removed(path, text):
    """Save as others do: move the file away, then write a new one."""
    path.rename(path.with_suffix(".old"))
    time.sleep(0.25)
    path.write_text(text)


@pytest.mark.parametrize("save", [Path.write_text, replaced, emptied, removed], ids=lambda save: save.__name__)
def test_a_save_is_told(spec, stream, save):
    with live(spec) as port:
        page = stream(port)
        assert page.next("content")["version"] == 1
        assert page.next("problems") == {"problems": [], "text": GOOD, "name": str(spec)}
        save(spec, ODD)
        assert page.next("content")["version"] == 2
        assert page.next("problems")["text"] == ODD


def test_mistakes_come_and_go(spec, stream):
    """The picture stays while the spec is bad; who connects then gets both."""
    with live(spec) as port:
        page = stream(port)
        first = page.next("content")
        assert page.told() == []
        spec.write_text(BAD)
        told = page.next("problems")
        assert told["text"] == BAD
        assert told["problems"] == [
            {
                "file": str(spec),
                "line": 2,
                "column": 49,
                "code": "out-of-range",
                "message": "Dense's 'units' must be more than 0, not 0",
                "severity": "error",
                "excerpt": f"    2 | {BAD.splitlines()[1]}\n      | {' ' * 48}^",
            }
        ]
        late = stream(port)
        assert late.next("content") == first
        assert late.told() == [("error", "out-of-range", 2)]
        spec.write_text(ODD)
        assert page.next("content")["version"] == 2
        assert page.told() == [("warning", "bias-before-batchnorm", 2)]
        spec.write_text(GOOD)
        assert page.next("content")["version"] == 3
        assert page.told() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty"),
        (b"inputs = [", "syntax"),
        (b"\xff", "not-utf8"),
        (b"# " + b"x" * 2**20, "too-large"),
        (b'extends = "none.toml"', "no-file"),
        (b'extends = "../none.toml"', "outside-project"),
        (b'extends = "net.toml"', "circular"),
        (None, "no-file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_told(spec, stream, text, code):
    with live(spec) as port:
        page = stream(port)
        assert page.told() == []
        spec.unlink() if text is None else spec.write_bytes(text)
        assert [each[:2] for each in page.told()] == [("error", code)]
        spec.write_text(GOOD)
        assert page.told() == []


def test_a_bad_spec_can_be_mended(spec, stream):
    """A page may begin with a bad spec: there is no picture yet."""
    spec.write_text(BAD)
    with live(spec) as port:
        page = stream(port)
        assert page.told() == [("error", "out-of-range", 2)]
        status, _, body = ask(port, request("/picture").replace("PORT", str(port)).encode())
        assert (status, json.loads(body)) == (400, {"message": "there is no picture yet"})
        spec.write_text(GOOD)
        assert page.next("content")["version"] == 1
        assert page.told() == []


def test_extended_files_are_followed(spec, stream):
    """Also one that is extended by another, one whose values are all replaced, and one that was missing."""
    spec.write_text(f'extends = "middle.toml"\n{GOOD}')
    middle, base = spec.with_name("middle.toml"), spec.with_name("base.toml")
    with live(spec) as port:
        page = stream(port)
        assert page.told() == [("error", "no-file", 1)]
        middle.write_text('extends = ["base.toml"]\n')
        assert page.told() == [("error", "no-file", 1)]
        base.write_text('description = "old"\n')
        assert page.told() == []
        base.write_text("description = \n")
        told = page.next("problems")
        assert [(each["file"], each["code"]) for each in told["problems"]] == [(str(base), "syntax")]
        assert "description" in told["problems"][0]["excerpt"]
        assert told["name"] == str(spec)
        replaced(base, 'description = "new"\n')
        assert page.told() == []
        spec.write_text(GOOD)
        assert page.told() == []
        base.write_text("no longer read")
        spec.write_text(BAD)
        assert page.told() == [("error", "out-of-range", 2)]


def test_what_says_nothing_new_is_not_told(spec, stream):
    with live(spec) as port:
        page = stream(port)
        page.next("problems")
        os.utime(spec)
        replaced(spec, GOOD)
        time.sleep(0.4)
        spec.write_text(ODD)
        assert page.next("content")["version"] == 2


def test_settings_are_kept(spec, stream):
    with live(spec, settings=("layers.a.units=0",)) as port:
        told = stream(port).next("problems")["problems"]
        assert [(each["file"], each["code"]) for each in told] == [("--set", "out-of-range")]


@pytest.mark.parametrize(
    ("error", "code", "message", "severities"),
    [
        ("DrawError", "not-drawn", "too many cards", ["error", "warning"]),
        ("ZeroDivisionError", "unforeseen", "netspec itself failed: ZeroDivisionError: too many cards", ["error"]),
    ],
    ids=["refused", "unforeseen"],
)
def test_a_picture_that_fails_is_told(spec, stream, monkeypatch, error, code, message, severities):
    """The page lives on with the last one that did not."""
    from netspec.draw import DrawError, page

    kind = {"DrawError": DrawError, "ZeroDivisionError": ZeroDivisionError}[error]

    def failing(*_, **__):
        raise kind("too many cards")

    with live(spec) as port:
        shown = stream(port)
        assert shown.told() == []
        with monkeypatch.context() as patch:
            patch.setattr(page, "content", failing)
            patch.setattr(page, "opened", failing)
            spec.write_text(ODD)
            told = shown.next("problems")["problems"]
            assert [each["severity"] for each in told] == severities
            assert (told[0]["code"], told[0]["message"]) == (code, message)
            status, _, body = ask(port, request("/picture").replace("PORT", str(port)).encode())
            assert (status, json.loads(body)) == (400 if code == "not-drawn" else 500, {"message": message})
        spec.write_text(GOOD)
        assert shown.next("content")["version"] == 2


def test_a_picture_is_laid_out_once(spec, stream, monkeypatch):
    """For each save and set of open blocks, in whatever order they are named."""
    from netspec.draw import page

    laid_out = []
    monkeypatch.setattr(page, "opened", lambda graph, names, direction: laid_out.append((*names, direction)) or {})
    spec.write_text(BLOCKS)
    with live(spec) as port:
        shown = stream(port)
        shown.told()
        for query in ("open=one&open=two", "open=two&open=one&direction=TB", "open=one", "open=one&direction=LR"):
            ask(port, request(f"/picture?{query}").replace("PORT", str(port)).encode())
        assert laid_out == [("one", "two", "TB"), ("one", "TB"), ("one", "LR")]
        spec.write_text(f"{BLOCKS}# saved\n")
        shown.told()
        ask(port, request("/picture?open=one").replace("PORT", str(port)).encode())
        assert laid_out[3:] == [("one", "TB")]


def test_all_ends_while_clients_hang(spec, stream):
    """Neither a stream that is not read nor half a request keeps the server."""
    with live(spec) as port:
        stream(port).next("problems")
        half = connect(port, b"GET / HT")
        begun = time.monotonic()
    assert time.monotonic() - begun < 1.5
    half.close()
    with pytest.raises(OSError, match="refused"):
        connect(port, b"")


# The command


@pytest.fixture
def command(spec):
    """Start ``netspec view``, and give the process and its address."""
    started = []

    def start(*arguments, **environment):
        names = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
        clean = {name: value for name, value in os.environ.items() if name not in names}
        call = [sys.executable, "-m", "netspec", "view", str(spec), *arguments]
        process = subprocess.Popen(
            call, env={**clean, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        said = process.stdout.readline()
        assert said.endswith("/  (Ctrl-C stops)\n"), said + process.stderr.read()
        return process, said.split()[0]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_stops_cleanly(command, stop):
    process, address = command("--no-browser")
    with urlopen(address, timeout=WAIT) as answer:
        assert b"<html" in answer.read()
    stream = Stream(int(address.rstrip("/").rpartition(":")[2]))
    process.send_signal(stop)
    out, err = process.communicate(timeout=WAIT)
    assert (process.returncode, out, err) == (0, "", "")
    stream.close()
    with pytest.raises(OSError, match="refused"):
        urlopen(address, timeout=WAIT)


def test_the_command_does_not_wait_for_a_picture(command, spec):
    """However long the layout of a large net takes."""
    slow = spec.with_name("slow")
    slow.write_text(f'#!/bin/sh\ntouch "{spec.with_name("begun")}"\nexec sleep 20\n')
    slow.chmod(0o755)
    process, _ = command("--no-browser", NETSPEC_DOT=str(slow))
    deadline = time.monotonic() + WAIT
    while not spec.with_name("begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    begun = time.monotonic()
    process.terminate()
    assert process.wait(WAIT) == 0
    assert time.monotonic() - begun < 1.5


def test_the_command_opens_a_browser(command, spec):
    browser = spec.with_name("browser")
    browser.write_text(f'#!/bin/sh\necho "$1" > "{spec.with_name("asked")}"\n')
    browser.chmod(0o755)
    process, address = command(BROWSER=f"{browser} %s")
    deadline = time.monotonic() + WAIT
    while not (spec.with_name("asked").exists() and spec.with_name("asked").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert spec.with_name("asked").read_text().strip() == address
    process.terminate()
    assert process.communicate(timeout=WAIT)[1] == ""


def test_without_a_screen_the_address_is_enough(command):
    process, address = command()
    assert process.stderr.readline() == "netspec: no browser could be opened; open the address in one\n"
    with urlopen(address, timeout=WAIT) as answer:
        assert answer.status == 200
    process.terminate()
    process.wait(WAIT)


def test_a_port_that_is_taken(spec):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        result = CliRunner().invoke(main, ["view", str(spec), "--no-browser", "--port", str(taken)])
    assert (result.exit_code, result.stderr) == (1, f"netspec: port {taken}: Address already in use\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.toml"], 1, "netspec: none.toml: there is no such file\n"),
        (["."], 1, "netspec: .: this is a directory, not a spec\n"),
        (["-"], 2, "Error: standard input is not saved twice: name a file\n"),
        (["net.toml", "--port", "0"], 2, "is not in the range 1<=x<=65535.\n"),
        (["net.toml", "--view", "cubes"], 2, "'layers'.\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_shown(arguments, code, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["view", *arguments])
    assert result.exit_code == code
    assert result.stderr.endswith(said)


def test_the_page_stays_light(spec):
    """Following a spec needs neither TensorFlow nor numpy."""
    code = (
        "import sys, urllib.request as r; from netspec.view import Asked, serving\n"
        f"with serving(Asked({str(spec)!r})) as address:\n"
        "    stream = r.urlopen(address + 'events')\n"
        "    assert any(line == b'event: problems\\n' for line in stream)\n"
        "print(*{name.partition('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'numpy'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


# The page in a browser

#: Notes when the page has shown each version of the content, in milliseconds since 1970.
CLOCK = """
const changes = { attributeFilter: ["data-version"] };
const note = () => document.documentElement.setAttribute(`data-shown-${document.body.dataset.version}`, Date.now());
const watch = () => new MutationObserver(() => requestAnimationFrame(note)).observe(document.body, changes);
addEventListener("DOMContentLoaded", watch);
"""


@pytest.fixture
def tab(browser):
    """A page that may not complain."""
    tab = browser.new_page()
    tab.set_default_timeout(WAIT * 1000)
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.add_init_script(CLOCK)
    yield tab
    tab.close()
    assert complaints == []


def until(tab, version):
    """Wait for a version of the content, and say when the page had shown it."""
    page = tab.locator(f"html[data-shown-{version}]")
    page.wait_for(state="attached")
    return int(page.get_attribute(f"data-shown-{version}")) / 1000


def test_a_save_is_seen_within_a_second(spec, tab):
    with live(spec) as port:
        tab.goto(f"http://localhost:{port}/")
        until(tab, 1)
        waits = []
        for version in range(2, 7):
            spec.write_text(GOOD.replace('"a"', f'"layer{version}"'))
            saved = time.time()
            waits.append(until(tab, version) - saved)
            assert tab.locator("#stage svg").filter(has_text=f"layer{version}").count() == 1
        assert sorted(waits)[2] < 1, waits


def test_a_mistake_is_shown_over_the_picture(spec, tab):
    with live(spec) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        until(tab, 1)
        problems = tab.locator("#problems")
        assert problems.is_hidden()
        spec.write_text(BAD)
        problems.wait_for(state="visible")
        assert f"{spec}:2:49" in problems.inner_text()
        assert "Dense's 'units' must be more than 0, not 0" in problems.inner_text()
        assert tab.locator("#stage svg").is_visible(), "the last good picture stays"
        problems.get_by_role("button").first.click()
        assert "units = 0" in tab.locator("#spec").inner_text(), "a line's number leads to the line"
        spec.write_text(GOOD)
        problems.wait_for(state="hidden")
        assert until(tab, 2)


def test_a_page_that_begins_with_a_mistake(spec, tab):
    spec.write_text(BAD)
    with live(spec) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.locator("#problems").wait_for(state="visible")
        assert tab.locator("#stage svg").count() == 0
        spec.write_text(GOOD)
        tab.locator("#stage svg").wait_for(state="visible")
        assert tab.locator("#problems").is_hidden()


def test_blocks_open_in_place(spec, tab):
    """The server lays out again; what is open stays so when the spec is saved."""
    inside = BLOCKS.replace('{ type = "Dense"', '{ name = "inside", type = "Dense"')
    spec.write_text(inside)
    with live(spec, depth=0) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        until(tab, 1)
        picture = tab.locator("#stage svg")
        assert picture.filter(has_text="inside").count() == 0
        tab.locator("#stage .block.node").first.click()
        picture.filter(has_text="inside").wait_for()
        assert tab.locator("#stage .block.node").count() == 1, "the other block is still closed"
        spec.write_text(inside.replace("units = 8", "units = 77"))
        picture.filter(has_text="77").filter(has_text="inside").wait_for()
        assert tab.locator("#stage .block.node").count() == 1
        tab.locator("#fold").click()
        picture.filter(has_not_text="inside").wait_for()
