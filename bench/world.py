"""Sandboxes with the same SKUs, each served on loopback by a process of its own. Whoever measures imports this and
not the sandboxes, so that their memory is not counted as the bridge's."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bridge.config import installed, toml
from connectors import registry
from connectors.testing.storefront import SellingStorefront
from connectors.values import replace

SOURCE_TOKEN = "3pl_bench"  # noqa: S105  (a sandbox's)
PLACE = "1"
"""The warehouse, by its id."""

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class BaseSandbox:
    """One process. kind: "source", or the connector of its shops. said: what each of them, or the warehouse, says of
    itself. built: seconds it took to fill. client: the client of whoever acts behind it."""

    kind: str
    said: tuple[Mapping[str, Any], ...]
    pid: int
    built: float
    client: httpx.Client

    @property
    def url(self) -> str:
        return str(self.said[0]["url"])

    def shop(self, number: int) -> "BaseSandbox":
        """One of several, for what is done to it alone."""
        return replace(self, said=(self.said[number],))

    def section(self, store: str) -> str:
        """The table of the first shop in the configuration."""
        return toml.table(f"stores.{store}", installed.settings_of(self.kind, self.said[0]))

    def front(self) -> SellingStorefront:
        """The first shop as its people see it."""
        made: SellingStorefront = registry.load_beside(self.kind, "sandbox.storefront").Storefront(
            self.said[0], [PLACE]
        )
        return made

    def cpu(self) -> float:
        """Seconds of processor it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def do(self, verb: str, /, **given: Any) -> Any:
        """An act of the people behind the sandbox, at its first address."""
        return self._answer(self.client.post(f"{self.url}/_control/{verb}", json=given))

    def see(self, what: str) -> Any:
        return self._answer(self.client.get(f"{self.url}/_control/{what}"))

    def _answer(self, answer: httpx.Response) -> Any:
        answer.raise_for_status()
        return answer.json()


@contextmanager
def sandbox_process(kind: str, skus: int, **settings: float) -> Iterator[BaseSandbox]:
    """kind and settings: those of `bench.sandboxes`. It ends with the block."""
    given = [text for name, value in settings.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    command, began = [sys.executable, "-m", "bench.sandboxes", kind, "--skus", str(skus), *given], time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:  # noqa: S603  (our own module)
        try:
            said = json.loads((process.stdout and process.stdout.readline()) or "[]")
            built = round(time.perf_counter() - began, 2)
            with httpx.Client(timeout=60) as client:
                yield BaseSandbox(kind, tuple(said), process.pid, built, client)
        finally:
            process.terminate()


@contextmanager
def running(skus: int, latency: float, connector: str) -> Iterator[tuple[BaseSandbox, BaseSandbox]]:
    """A fresh warehouse, and a shop of that platform that shows ten units less of everything."""
    with ExitStack() as stack:
        source = stack.enter_context(sandbox_process("source", skus, latency=latency))
        yield source, stack.enter_context(sandbox_process(connector, skus, latency=latency, less=10))


def configuration(source: str, sections: Iterable[str], *, poll: str = "auto") -> str:
    """sections: the tables of the stores. The guard lets everything pass: what is measured is work."""
    text = toml.table("source", {"base_url": source, "token": SOURCE_TOKEN, "poll": poll})
    text += toml.table("guard", {"max_zeroed": "100%", "max_cut": "100%"})
    return text + "\n".join(sections)
