"""Sandboxes with the same SKUs, each served on loopback by a process of its own. Whoever measures imports this and
not the sandboxes, so that their memory is not counted as the bridge's."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bridge.config import toml

SOURCE_TOKEN = "3pl_bench"  # noqa: S105  (a sandbox's)
SHOP_TOKEN = "shpat_bench"  # noqa: S105
WOO_KEY, WOO_SECRET = "ck_" + 40 * "0", "cs_" + 40 * "0"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class BaseSandbox:
    """One process. urls: where its shops listen, or its warehouse. built: seconds it took to fill. client: the client
    of whoever acts behind it."""

    urls: tuple[str, ...]
    pid: int
    built: float
    client: httpx.Client

    @property
    def url(self) -> str:
        return self.urls[0]

    def shop(self, number: int) -> "BaseSandbox":
        """One of several, for what is done to it alone."""
        return replace(self, urls=(self.urls[number],))

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
            said = json.loads((process.stdout and process.stdout.readline()) or "{}")
            built = round(time.perf_counter() - began, 2)
            with httpx.Client(timeout=60) as client:
                yield BaseSandbox(tuple(said["urls"]), process.pid, built, client)
        finally:
            process.terminate()


@contextmanager
def running(skus: int, latency: float) -> Iterator[dict[str, BaseSandbox]]:
    """A fresh warehouse and a Shopify shop that shows ten units less of everything."""
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(sandbox_process(kind, skus, latency=latency, less=10 * (kind == "shopify")))
            for kind in ("source", "shopify")
        }


def configuration(source: str, stores: Mapping[str, tuple[str, str]], *, poll: str = "auto") -> str:
    """stores: name → (connector, address). The guard lets everything pass: what is measured is work."""
    keys = {
        "shopify": {"access_token": SHOP_TOKEN},
        "woocommerce": {"consumer_key": WOO_KEY, "consumer_secret": WOO_SECRET},
    }
    own: dict[str, Callable[[str, str], dict[str, str]]] = {
        "shopify": lambda name, url: {"shop": f"{name}.myshopify.com", "base_url": url},
        "woocommerce": lambda _, url: {"url": url},
    }
    text = toml.table("source", {"base_url": source, "token": SOURCE_TOKEN, "poll": poll})
    text += toml.table("guard", {"max_zeroed": "100%", "max_cut": "100%"})
    for name, (kind, url) in stores.items():
        text += toml.table(f"stores.{name}", {"connector": kind, **own[kind](name, url), **keys[kind]})
    return text
