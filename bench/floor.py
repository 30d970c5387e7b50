"""A full first sync against its floor: bare httpx that sends the very same requests with the same parallelism.

    python -m bench.floor [--connector NAME] [--skus 20000] [--latency 0.05] [--profile]

Both run in this process against a fresh world in another one; Redis is a real server beside them. Prints a
table and writes .stockbridge/bench/floor.json. --profile: also where the sync's CPU time went, in all threads.
"""

import argparse
import re
import resource
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from inspect import signature
from typing import Any

import httpx

from bench.profiling import Profile
from bench.report import report
from bench.server import fresh_redis
from bench.world import BaseSandbox, configuration, running
from bridge.config import parse
from bridge.ops.cycle import run_cycle
from bridge.sync.context import SyncContext
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.paging import PARALLEL
from bridge.wiring import build
from connectors import registry
from connectors.base import StoreConnector
from connectors.http import authorities
from connectors.values import replace

KEPT = ("authorization", "content-type")
FILE = re.compile(rb'"url":\s*"(http[^"]+/files/[^"]+)"')


SOURCE, SHOP = "source", "shop"


@dataclass(frozen=True)
class Sent:
    """One request as it went out. side: SOURCE or SHOP; the sides take turns, so order is kept per side. is_refused:
    it was meant to be, as one that only tries a token."""

    side: str
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]
    is_refused: bool = False


class Recorder(httpx.HTTPTransport):
    """The real transport, which also remembers what it sent."""

    def __init__(self, side: str, log: list[Sent]) -> None:
        super().__init__(verify=authorities())
        self._side, self._log = side, log

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body, path = request.read(), request.url.raw_path.decode()
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        headers |= {name: text for name, text in request.headers.items() if name.startswith("x-")}
        answer = super().handle_request(request)
        self._log.append(Sent(self._side, request.method, path, body, headers, answer.is_client_error))
        return answer


def platforms() -> list[str]:
    """The connectors that the measurements know, those first whose stores can be read."""
    every = registry.beside("sandbox.measured")
    return sorted(every, key=lambda connector: not registry.load_connector(connector).capabilities.readable)


def recording(context: SyncContext, log: list[Sent]) -> SyncContext:
    """The same shell with both edges on recording transports."""
    settings = context.settings

    def open_source(send: Any, observe: Any) -> SourceClient:
        http = httpx.Client(transport=Recorder(SOURCE, log))
        return SourceClient(settings.source.base_url, settings.source.credential, http=http, observe=observe, send=send)

    def open_store(store: str, send: Any) -> StoreConnector:
        chosen = settings.stores[store]
        factory: Any = registry.load_beside(chosen.connector, "sandbox.measured").STORE
        given: dict[str, Any] = {"locations": ()} if "locations" in signature(factory).parameters else {}
        made: StoreConnector = factory(chosen.options, send=send, **_edge(chosen.connector, log), **given)
        return made

    return replace(context, open_source=open_source, open_store=open_store)


def _edge(connector: str, log: list[Sent]) -> Mapping[str, Any]:
    """What a connector is given in the place of its network. One that does not speak through httpx has its sandbox say
    how its requests are noted, see `connectors.testing.measured`."""
    own = getattr(registry.load_beside(connector, "sandbox.measured"), "recording", None)
    if own is None:
        return {"transport": Recorder(SHOP, log)}
    edge: Mapping[str, Any] = own(lambda *sent: log.append(Sent(SHOP, *sent)))
    return edge


World = tuple[BaseSandbox, BaseSandbox]
"""The warehouse, and the shop."""


@dataclass(frozen=True)
class Cost:
    """seconds of wall clock and of this process's CPU; requests sent; peak resident memory so far in MiB."""

    wall: float
    cpu: float
    requests: int
    resident: float


def measured(work: Callable[[], int]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    requests = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, requests, peak)


def full_sync(world: World, skus: int, log: list[Sent], profile: AbstractContextManager[Any]) -> tuple[Cost, int]:
    """A first sync from nothing → its cost, and the bytes of Redis it leaves."""
    text = configuration(world[0].url, [world[1].section("main")])
    with fresh_redis() as url:
        context = recording(build(parse(text, {}), url, emit=lambda *_, **__: None), log)
        before = _memory(context)

        def work() -> int:
            done = run_cycle(context)
            if done.stores["main"].applied != skus:
                raise SystemExit(f"the sync did not do its work: {done.as_dict()}")
            return len(log)

        with profile:
            cost = measured(work)
        return cost, _memory(context) - before


def _memory(context: SyncContext) -> int:
    info: Any = context.state.db.info("memory")
    return int(info["used_memory"])


def floor(world: World, log: list[Sent], at_once: int = 1) -> Cost:
    """The same requests, in the same order per side, with nothing done about the answers but reading them. at_once:
    requests that the shop has in flight."""

    def work() -> int:
        for side, url, parallel in ((SOURCE, world[0].url, PARALLEL), (SHOP, world[1].url, at_once)):
            local = threading.local()

            def one(sent: Sent, local: Any = local, url: str = url) -> None:
                local.bare = getattr(local, "bare", None) or Bare(url)
                local.bare.ask(sent)

            with ThreadPoolExecutor(parallel) as pool:
                list(pool.map(one, [sent for sent in log if sent.side == side]))
        return len(log)

    return measured(work)


def at_once(shop: BaseSandbox) -> int:
    """Requests that the bridge has in flight at a time to such a shop, as its sandbox says."""
    return int(shop.said[0].get("parallel", 1))


class Bare:
    """One connection that sends and reads. A bulk file has another address in every world, told by the shop once the
    file is written; until then it is asked once more."""

    def __init__(self, url: str) -> None:
        self.url, self.http, self.file = url, httpx.Client(timeout=30, verify=authorities()), ""
        self.before: Sent | None = None

    def ask(self, sent: Sent) -> None:
        if not sent.path.startswith("/files"):
            self._send(sent)
            self.before = sent
            return
        while self.before and not self.file:
            self._send(self.before)
        self.http.get(self.file).raise_for_status()

    def _send(self, sent: Sent) -> None:
        answer = self.http.request(sent.method, self.url + sent.path, content=sent.body, headers=sent.headers)
        if not sent.is_refused:
            answer.raise_for_status()
        named = FILE.search(answer.content)
        self.file = named.group(1).decode() if named else ""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connector", choices=platforms(), help="the first of them, if not given")
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--profile", action="store_true")
    wanted = parser.parse_args(arguments)
    if (connector := wanted.connector or next(iter(platforms()), None)) is None:
        raise SystemExit("no connector that is installed brings a sandbox that can be measured")
    log: list[Sent] = []
    profile = Profile() if wanted.profile else None
    with running(wanted.skus, wanted.latency, connector) as world:
        sync, redis_bytes = full_sync(world, wanted.skus, log, profile or nullcontext())
    with running(wanted.skus, wanted.latency, connector) as world:
        bare = floor(world, log, at_once(world[1]))
    tell(connector, wanted.skus, sync, bare, redis_bytes)
    if profile:
        seen = {"seconds sampled": profile.seconds, "seconds of CPU": round(sync.cpu, 2)}
        report("profile", "Where the CPU time went, in all threads (sampled)", profile.rows(), **seen)


def tell(connector: str, skus: int, sync: Cost, bare: Cost, redis_bytes: int) -> None:
    rows = [
        {"who": who, "wall s": round(cost.wall, 2), "CPU µs per SKU": round(1e6 * cost.cpu / skus, 1)}
        for who, cost in (("full sync", sync), ("bare httpx", bare))
    ]
    facts = {
        "ratio": round(sync.wall / bare.wall, 3), "resident MiB": round(sync.resident, 1),
        "Redis bytes per SKU": round(redis_bytes / skus, 1),
    }  # fmt: skip
    report("floor", f"A first sync of {skus:,} SKUs ({connector}), {sync.requests} requests", rows, **facts)


if __name__ == "__main__":
    main()
