"""What comes back to `login` with a person: sent by a browser to a port of this machine, or pasted."""

import os
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from urllib.parse import SplitResult, urlsplit

from bridge.cli import interrupt, table
from bridge.config.values import is_loopback
from bridge.errors import ConfigError, OperatorSourceError, SourceError
from bridge.threeplguys.oauth import ForeignAnswerError

LOOK = 0.2
LONGEST = 900.0  # seconds; codes live ten minutes
LARGEST = 65_536  # bytes of one reading
SLOWEST = 10  # seconds for a browser that opens a connection ahead of time and says nothing

Judge = Callable[[str], str]
"""The code in what came back. Raises ForeignAnswerError for what is of no use, SourceError for a refusal."""
Came = str | ForeignAnswerError | SourceError

PAGE = "<!doctype html><meta charset=utf-8><title>Stockbridge</title><p>{}</p>"
DONE = "Stockbridge has its answer; go on where you typed the command. This page may be closed."
NO_WAY = (
    "source.oauth.redirect_uri: nobody can listen there, and nothing can be pasted here; run `stockbridge login` at a"
    " terminal."
)
LATE = "Nobody has consented within 15 minutes, so nothing was granted: run `stockbridge login` again."


class _Listener(ThreadingHTTPServer):
    """At redirect_uri, until it is closed. came: what each browser brought."""

    daemon_threads = True

    def __init__(self, uri: SplitResult, judge: Judge) -> None:
        if ":" in (uri.hostname or ""):
            self.address_family = socket.AF_INET6
        self.path, self.judge, self.came = uri.path or "/", judge, SimpleQueue[Came]()
        super().__init__((uri.hostname or "", uri.port or 80), _Handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = SLOWEST
    server: _Listener

    def do_GET(self) -> None:
        found = urlsplit(self.path)
        if found.path != self.server.path:
            self.send_error(404)
            return
        came = _judged(self.server.judge, f"?{found.query}")
        page = PAGE.format(DONE if isinstance(came, str) else escape(str(came))).encode()
        self.send_response(400 if isinstance(came, ForeignAnswerError) else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
        self.server.came.put(came)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (a name of the standard library)
        """Quiet: the line would hold the code."""


@contextmanager
def listening(redirect_uri: str, judge: Judge) -> Iterator[SimpleQueue[Came] | None]:
    """What browsers bring to this address during the block; None where it is not of this machine, or is taken."""
    uri = urlsplit(redirect_uri)
    try:
        if uri.scheme != "http" or not is_loopback(uri.hostname or ""):
            raise OSError
        listener = _Listener(uri, judge)
    except OSError:
        yield None
        return
    with listener:
        Thread(target=listener.serve_forever, args=(LOOK,), daemon=True).start()
        try:
            yield listener.came
        finally:
            listener.shutdown()


def wait_for_code(came: SimpleQueue[Came] | None, judge: Judge) -> str:
    """The first code that a browser brings or a person pastes; what is of no use is said, and waited on. Raises
    ConfigError where neither can be, SourceError for a refusal, and after a quarter of an hour."""
    pasted, until = _Pasted(), time.monotonic() + LONGEST
    while time.monotonic() < until:
        found: list[Came] = [_judged(judge, line) for line in pasted.lines(LOOK)]
        while came is not None and not came.empty():
            found.append(came.get())
        for each in found:
            if isinstance(each, str):
                return each
            if isinstance(each, SourceError):
                raise each
            table.note(str(each))
        if came is None and pasted.ended:
            raise ConfigError(NO_WAY)
    raise OperatorSourceError(LATE)


def _judged(judge: Judge, text: str) -> Came:
    try:
        return judge(text)
    except (ForeignAnswerError, SourceError) as fault:
        return fault


class _Pasted:
    """Lines of standard input, without waiting for one for ever. ended: no more can come."""

    def __init__(self) -> None:
        self._rest, self.ended = b"", False
        try:
            self._file = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError):  # there is none
            self.ended = True

    def lines(self, seconds: float) -> list[str]:
        """Those that came within so many seconds."""
        if self.ended:
            interrupt.wait(seconds)
            return []
        if not select.select([self._file], [], [], seconds)[0]:
            return []
        data = os.read(self._file, LARGEST)
        self.ended = not data
        *whole, self._rest = [self._rest, b""] if self.ended else (self._rest + data).split(b"\n")
        return [text for each in whole if (text := each.decode(errors="replace").strip())]
