"""A real worker and a real beat, as processes of their own, on the real Redis and sandboxes over loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package
from celery import Celery

from connectors.testing.local import LocalStore, two_platforms
from tests.harness.served import QUICK, Served

WORKER = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


class Works(Served):
    """The sandboxes live in this process, so that a test can see and move them."""

    def __init__(
        self, stack: ExitStack, platform: type[LocalStore], redis_url: str, db: redis_package.Redis, folder: Path
    ) -> None:
        super().__init__(stack, platform)
        self.redis_url, self.db, self.folder, self.logs = redis_url, db, folder, list[Path]()
        self.source.switches.rate_limit = 100_000
        self.env = {
            **{name: text for name, text in os.environ.items() if not name.startswith("STOCKBRIDGE_")},
            **self.secrets,
            "STOCKBRIDGE_CONFIG_TOML": self.configuration(lines=QUICK),
            "REDIS_URL": redis_url,
            "REMAP_SIGTERM": "SIGQUIT",
        }
        self.client = Celery("a client", broker=redis_url)
        stack.callback(self.client.close)

    # -- processes ---------------------------------------------------------------------------------

    def worker(self, *more: str, concurrency: int = 2) -> "subprocess.Popen[bytes]":
        return self.celery(*WORKER, "--concurrency", str(concurrency), *more)

    def beat(self) -> "subprocess.Popen[bytes]":
        return self.celery("beat", "--pidfile=")

    def celery(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """One process in a session of its own, of which nothing is left after the test."""
        path = self.folder / f"{len(self.logs)}-{arguments[0]}.log"
        self.logs.append(path)
        with path.open("wb") as log:
            command = [sys.executable, "-m", "celery", "-A", "bridge", *arguments]
            process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log, start_new_session=True)
        self.stack.callback(_end, process)
        return process

    def python(self, text: str) -> None:
        subprocess.run([sys.executable, "-c", text], env=self.env, check=True)

    def send(self, name: str, *arguments: object, **named: Any) -> None:
        self.client.send_task(name, arguments, **named)

    def log(self) -> str:
        return "\n".join(path.read_text() for path in self.logs)

    # -- goods -------------------------------------------------------------------------------------

    def fill(self, count: int) -> None:
        """So many products, every one with a wrong number in the shop."""
        for n in range(count):
            self.add(f"SKU-{n}", 10 + n, shown=12 + n if n % 2 else 5 + n)

    def wrong(self) -> list[str]:
        """SKUs of which the shop shows something else than the warehouse holds and nobody has bought: right while no
        order is shipped on one side only."""
        held = {item.sku: sum(item.units.values()) for item in self.warehouse.listing()}
        return [sku for sku, units in held.items() if self.main.shows(sku) + self.sold[sku] != units]

    def is_right(self) -> bool:
        return not self.wrong()

    def has_ended(self) -> bool:
        """Right, and nothing is due. (What was never answered is read for a while longer.)"""
        return self.is_right() and self.db.hlen("stockbridge:store:main:due") == 1  # the epoch of its keys

    def holder(self, store: str) -> int:
        """The process that works with a store, 0 where none does."""
        held = self.db.get(f"stockbridge:lease:store:{store}")
        return int(held.rpartition(b"/")[2]) if isinstance(held, bytes) else 0

    def looks(self, count: int) -> Iterator[bool]:
        """True while fewer pulls than that have come."""
        before = self.source.calls.total()
        while self.source.calls.total() < before + count:
            time.sleep(0.05)
            yield True
        yield False

    def until(self, happened: Callable[[], object], seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > ends:
                due = self.db.hgetall("stockbridge:store:main:due")
                pytest.fail(f"not within {seconds} s; wrong: {self.wrong()}; due: {due}\n{self.log()}")
            time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def platform() -> type[LocalStore]:
    """What the shops are."""
    return two_platforms()[0]


@pytest.fixture
def works(platform: type[LocalStore], redis_url: str, redis: redis_package.Redis, tmp_path: Path) -> Iterator[Works]:
    with ExitStack() as stack:
        yield Works(stack, platform, redis_url, redis, tmp_path)
