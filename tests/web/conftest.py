"""A bridge with a till: what it reports goes through the real application, over no socket."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as redis_package

from bridge.web.access.guard import Guard
from bridge.web.app import build_app
from bridge.web.inbound import PATH, Inbound
from bridge.web.probes import Probes
from bridge.web.ready import Readiness
from bridge.web.site import Site
from bridge.web.webhooks import Webhooks
from connectors.testing.local import two_platforms
from tests.harness.hooked import Hooks, hooked
from tests.harness.installation import Installation
from tests.harness.shops import harnesses

TOKEN = "a-token-of-the-till"
ITEMS = "sku,upc,style,size,width\nA,849632048260,ZOOT-SUIT,34,D\nB,,ZOOT-SUIT,36,-\nC,036000291452,,,\n"


class Till:
    """What stands in the shop and posts to the bridge."""

    def __init__(
        self, harness: Installation, items: Path, *, outside: bool = False, proxied: bool = False,
        hooks: Mapping[str, Hooks] | None = None,
    ) -> None:  # fmt: skip
        """outside: the server listens where others than this machine reach it. proxied: behind a router. hooks: stores
        that deliver webhooks."""
        self.harness, self.items = harness, items
        harness.context = hooked(harness.context, hooks or {})
        self._tills, self.hooks = Inbound(harness.context), Webhooks(harness.context)
        guard = Guard(harness.context.settings.web, outside=outside, proxied=proxied)
        self.site = Site(harness.context, guard, every=0.0)
        self.readiness, self.probes = Readiness(harness.context), Probes(harness.context, outside=outside)
        self.app = build_app(self._tills, self.hooks, self.readiness, self.probes, self.site)
        self._transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)

    def ask(self, method: str, path: str = PATH, *, token: str | None = TOKEN, **named: Any) -> httpx.Response:
        """token: sent as the document says; None: `headers` says it."""
        if token is not None:
            named["headers"] = {"Authorization": f"Bearer {token}"}

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://bridge") as client:
                return await client.request(method, path, **named)

        return asyncio.run(asked())

    def post(self, body: Any = None, **named: Any) -> httpx.Response:
        """The answer to one report, a second after whatever was before. named: members of it."""
        self.harness.later(seconds=1)
        return self.ask("POST", json=named if body is None else body)

    def count(self, sku: str, units: int, store: str = "3") -> None:
        """Report something that the items file lists."""
        upc = {"A": {"upc": "849632048260"}, "C": {"upc": "036000291452"}}
        named = upc.get(sku, {"sku": "ZOOT-SUIT", "size": "36", "width": ""})
        assert self.post(**named, store=store, quantity=units).json() == {"success": True}

    def close(self) -> None:
        self._tills.close()
        self.hooks.close()
        self.site.close()


def units(till: Any, sku: str = "A") -> dict[str, int]:
    """Product → what the till counts of a SKU."""
    counts = till.harness.state.shelf_counts("shelf", [sku])[sku][1]
    return {ref: count.units for products in counts.values() for ref, count in products.items()}


@pytest.fixture
def till_with(redis_url: str, redis: redis_package.Redis, tmp_path: Path) -> Iterator[Callable[..., Till]]:
    """till_with(main="", outlet="", lines=""): rules of the two shops, and further lines of the till's table."""
    items, opened = tmp_path / "items.csv", list[Till]()
    items.write_text(ITEMS)
    with harnesses(redis_url, two_platforms()) as build:

        def made(
            *rules: str, lines: str = "", outside: bool = False, proxied: bool = False,
            hooks: Mapping[str, Hooks] | None = None, **named: Any,
        ) -> Till:  # fmt: skip
            table = f'[inbound.shelf]\ntoken = "{TOKEN}"\nstores = {{ "3" = "shelf-3" }}\nitems = "{items}"\n{lines}\n'
            harness = build(*rules, settings=table, **named)
            till = Till(harness, items, outside=outside, proxied=proxied, hooks=hooks)
            opened.append(till)
            return till

        yield made
        for till in opened:
            till.close()


@pytest.fixture
def till(till_with: Callable[..., Till]) -> Till:
    return till_with()
