"""How fast the page is where there is much to show: `python -m bench.web`.

`stockbridge web` runs as a process of its own over a state of many stores, and is asked over one connection that stays
open, one request after the other, while as many streams are open as it allows. The baseline is a page of Starlette as
large as the overview, whose text is always the same, on the same server and asked in the same way.
"""

import argparse
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle, repeat
from statistics import median
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bench.report import quantile, report
from bench.server import fresh_redis
from bench.standing import cpu
from bridge.config import parse
from bridge.web.live import EVERY, MOST
from bridge.web.serve import listen, serve
from bridge.wiring import build
from tests.harness.filled import fill, names, shops, text_of, words

STORES, LISTINGS, SECONDS = 50, 100_000, 20.0
LEAST = 5
"""Requests of each kind, however few seconds there are."""

OVERVIEW, SEARCH = 100.0, 50.0
"""The bars, in milliseconds."""

HERE = {"Host": "127.0.0.1", "Sec-Fetch-Site": "same-origin"}

Row = dict[str, Any]


class Asked:
    """A server that was begun, and one connection to it that stays open."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds until the answer was there, and what it is."""
        began = time.perf_counter()
        self._line.request("GET", path, headers=HERE)
        answer = self._line.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - began) * 1_000
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return taken, body

    def timed(self, what: str, paths: Iterator[str], seconds: float, bar: float | None = None) -> Row:
        """One request after the other, for so long → a row: milliseconds of each, and of the server's processor, which
        another load of the machine changes less."""
        taken, used, until = list[float](), cpu([self.process.pid]), time.perf_counter() + seconds
        while time.perf_counter() < until or len(taken) < LEAST:
            taken.append(self.get(next(paths))[0])
        used = (cpu([self.process.pid]) - used) / len(taken)
        p95 = quantile(taken, 0.95)
        return {
            "page": what, "requests": len(taken), "CPU ms": round(1_000 * used, 1), "p50 ms": round(median(taken), 1),
            "p95 ms": round(p95, 1), "bar ms": bar, "bar": bar and ("kept" if p95 <= bar else "missed"),
        }  # fmt: skip

    def stream(self) -> socket.socket:
        """One that hears of news, and has heard the first."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        line.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        said = b""
        while b"event: changed" not in said:
            said += line.recv(4_096)
        return line

    def share(self, seconds: float) -> float:
        """The share of one core that it uses meanwhile, in percent."""
        self._line.close()  # the server ends what asks nothing for half a minute; the next request opens it anew
        before = cpu([self.process.pid])
        time.sleep(seconds)
        return round(100 * (cpu([self.process.pid]) - before) / seconds, 1)


@contextmanager
def served(command: Sequence[str], **variables: str) -> Iterator[Asked]:
    """A server as a process of its own, which says where it listens."""
    env = {**{name: value for name, value in os.environ.items() if name != "PORT"}, **variables}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  (ourselves)
        try:
            said = (process.stderr and process.stderr.readline()) or ""
            found = re.search(r"listens on http://127\.0\.0\.1:(\d+)/", said)
            if found is None:
                raise SystemExit(f"it does not listen: {said}")
            yield Asked(process, int(found[1]))
        finally:
            process.terminate()
            process.communicate()


def measure(stores: int, listings: int, seconds: float, *, apart: bool) -> tuple[list[Row], Row]:
    """The rows of the table, and what else was found."""
    made, skus = shops(stores), max(1, listings // stores)
    known = skus * stores if apart else skus
    with ExitStack() as stack:
        url, began = stack.enter_context(fresh_redis()), time.perf_counter()
        context = build(parse(text_of(made), {}), url, emit=lambda *_, **__: None)
        stack.callback(context.state.close)
        fill(context, made, skus, apart=apart)
        filled, clients = time.perf_counter() - began, connections(context.state.db)
        command = [sys.executable, "-m", "bridge", "web"]
        web = stack.enter_context(served(command, STOCKBRIDGE_CONFIG_TOML=text_of(made), REDIS_URL=url))
        first, page = web.get("/skus?search=boot+no.+1")[0], len(web.get("/")[1])
        alone = web.timed("overview, when nobody looked before", seldom(), seconds, OVERVIEW)
        idle = web.share(seconds)
        for _ in range(MOST):
            stack.enter_context(web.stream())
        watched = web.share(seconds)
        rows = [web.timed(what, paths, seconds, bar) for what, paths, bar in asked(made[0].name, known)]
        added = connections(context.state.db) - clients
    with served([sys.executable, "-m", "bench.web", "--bare", str(page)]) as bare:
        for _ in range(LEAST):
            bare.get("/")
        floor = bare.timed("a page of Starlette, always the same", repeat("/"), seconds)
    return [floor, alone, *rows], {
        "stores": stores, "listings": skus * stores, "SKUs": known, "filled s": round(filled, 1),
        "overview bytes": page, "first search after a start ms": round(first, 1), "connections to Redis": added,
        "CPU % while nobody looks": idle, f"CPU % while {MOST} streams are open": watched,
    }  # fmt: skip


def seldom() -> Iterator[str]:
    """The overview, each time when what was read for the last one is too old."""
    while True:
        time.sleep(EVERY + 0.1)
        yield "/"


def asked(store: str, skus: int) -> Iterator[tuple[str, Iterator[str], float | None]]:
    """(what, its addresses one after the other, the bar)."""
    named = names(skus)
    yield "overview", repeat("/"), OVERVIEW
    yield "search by SKU", cycle(f"/skus?search={sku[:-1]}" for sku, _ in named), SEARCH
    yield "search by name", cycle(f"/skus?{urlencode({'search': word})}" for word in words(named)), SEARCH
    yield "page of a SKU", cycle(f"/skus/{sku}" for sku, _ in named), None
    yield "its series", cycle(f"/skus/{sku}/series.json" for sku, _ in named), None
    yield "page of a store", repeat(f"/stores/{store}/quarantine"), None
    yield "its dry run, of every listing", repeat(f"/stores/{store}/changes"), None
    yield "runs", repeat("/runs"), None


def connections(db: Any) -> int:
    return len(db.client_list())


def bare(size: int) -> None:
    """Serve the baseline until it is ended."""

    async def page(_: Request) -> Response:
        return HTMLResponse("x" * size)

    with listen("127.0.0.1", 0) as at:
        sys.stderr.write(f"bare: listens on http://127.0.0.1:{at.getsockname()[1]}/\n")
        sys.stderr.flush()
        serve(Starlette(routes=[Route("/", page)]), at, lambda: None)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--stores", type=int, default=STORES)
    parser.add_argument("--listings", type=int, default=LISTINGS, help="in all stores together")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which each page is asked")
    parser.add_argument("--apart", action="store_true", help="no two stores sell the same")
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.bare is not None:
        with suppress(KeyboardInterrupt):
            bare(wanted.bare)
        return
    rows, facts = measure(wanted.stores, wanted.listings, wanted.seconds, apart=wanted.apart)
    report("web", "What a page takes, in milliseconds of loopback", rows, **facts)


if __name__ == "__main__":
    main()
