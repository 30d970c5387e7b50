"""A bridge in which everything that others write is hostile, behind pages that are locked, open or shut; and the people
and programs that ask for them."""

import asyncio
import copy
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bridge.config.model import WebSettings
from bridge.ops import steer
from bridge.state import keys, pack
from bridge.web.access.session import LONGEST, Role, Sessions
from bridge.web.views.actions import mark_of
from connectors.testing.local import two_platforms
from connectors.values import replace
from tests.harness.shops import harnesses

from .conftest import ITEMS, TOKEN, Till
from .page import LOCKED, PASSWORD, VIEWER
from .page import TOKEN as PROGRAM

TAG = "<img src=x onerror=alert(1)>"
SKU = f"=A{TAG}\"'&%2F`"
TITLE = '@SUM(A1)</title><script>alert(2)</script>" onmouseover="alert(3)'
REASON = f"-1+{TAG} `<b>${{7*7}}{{{{7*7}}}}`"
ORDER = f"#{TAG}\r\nSet-Cookie: a=b"
RUN = "run<svg onload=alert(4)>"
BY = "+eve<script>alert(5)</script>"
OURS = "https://stock.example.com"
COOKIE = "stockbridge"
SAME = {"Host": "127.0.0.1:8321", "Sec-Fetch-Site": "same-origin"}
NOTHING = mark_of([])

Ways = Mapping[str, Mapping[str, str]]


def sessions(operator: str = PASSWORD, late: float = 0.0) -> Sessions:
    """late: seconds by which its clock is."""
    passwords = {Role.OPERATOR: SecretStr(operator), Role.VIEWER: SecretStr(VIEWER)}
    return Sessions(passwords, lambda: time.time() - late)


def promoted() -> str:
    """What a viewer who has the key of viewers makes of it."""
    return str(sessions()._signers[Role.VIEWER].dumps(["operator", int(time.time()), COOKIE]))


def cookies() -> dict[str, str]:
    """Who shows what."""
    right = sessions()
    return {
        "operator": right.begin(Role.OPERATOR, COOKIE),
        "viewer": right.begin(Role.VIEWER, COOKIE),
        "before the password was changed": sessions("another-password").begin(Role.OPERATOR, COOKIE),
        "older than its life": sessions(late=LONGEST + 1).begin(Role.OPERATOR, COOKIE),
        "of a time to come": sessions(late=-3_600).begin(Role.OPERATOR, COOKIE),
        "signed for another name": right.begin(Role.OPERATOR, f"__Host-{COOKIE}"),
        "a viewer's who calls it an operator's": promoted(),
        "nobody signed": "operator",
        "very long": "A" * 60_000 + ".B",
    }


@dataclass(frozen=True)
class Hostile:
    """One request, and what must come of it: nothing is done, and what is said is harmless.

    who: of `cookies`; "": nobody. on: which of WEBS. body: sent as a form, or as it is. has, lacks: parts of the
    answer. where: its Location. content: of which kind it is.
    """

    name: str
    method: str
    path: str
    status: int
    who: str = "operator"
    on: str = "locked"
    headers: Sequence[tuple[str, str]] = tuple(SAME.items())
    body: Any = None
    has: str = ""
    lacks: Sequence[str] = ()
    where: str = ""
    content: str = ""
    before: Callable[["House"], object] | None = field(default=None, repr=False)


async def dripping() -> AsyncIterator[bytes]:
    """A body that never ends."""
    while True:
        yield b"seen="
        await asyncio.sleep(0.01)


WEBS: Mapping[str, tuple[str, bool, bool]] = {
    "locked": (LOCKED, True, False),
    "proxied": (LOCKED, True, True),
    "origin": (f'{LOCKED}origin = "{OURS}"\n', True, False),
    "open": ("[web]\n", False, False),
    "shut": (f'[web]\ntoken = "{PROGRAM}"\n', True, False),
}
"""Name → lines of the configuration, whether others than this machine reach it, whether a router stands before it."""


class House:
    """One bridge behind every kind of page."""

    def __init__(self, till: Till, items: Path) -> None:
        self.till, self.harness, self.cookies = till, till.harness, cookies()
        self.pages = {
            name: Till(self._with(lines), items, outside=out, proxied=by) for name, (lines, out, by) in WEBS.items()
        }

    def _with(self, lines: str) -> Any:
        harness = copy.copy(self.harness)
        web = WebSettings(**tomllib.loads(lines)["web"])
        harness.context = replace(harness.context, settings=replace(harness.context.settings, web=web))
        return harness

    def ask(self, row: Hostile) -> httpx.Response:
        headers = [(name, value.encode("latin-1")) for name, value in row.headers]
        if row.who:
            headers.append(("Cookie", f"{COOKIE}={self.cookies[row.who]}".encode()))
        given = row.body() if callable(row.body) else row.body
        body = {"data": given} if isinstance(given, dict) else {"content": given}
        page, path = self.pages[row.on], row.path.replace("STAMP", self.till.site.assets.stamp)
        return page.ask(row.method, f"http://bridge{path}", token=None, headers=headers, **body)

    def standing(self) -> tuple[Any, ...]:
        """All that a person could have changed."""
        state = self.harness.state
        records = [state.store_record(store) for store in state.stores]
        holds = {key: hold.decision for store in state.stores for key, hold in state.held(store).items()}
        waiting = [sorted(state.notes(store, "quarantine")) for store in state.stores]
        counts = state.every_shelf_count("shelf")
        return state.decisions(), holds, waiting, [(x.paused, x.requests) for x in records], [*counts]

    def close(self) -> None:
        for page in (*self.pages.values(), self.till):
            page.close()


@contextmanager
def haunted(redis_url: str, folder: Path) -> Iterator[House]:
    """The bridge has synced, ten lowerings are held, one number is refused; and whatever others write is hostile."""
    items = folder / "items.csv"
    items.write_text(ITEMS)
    table = f'[inbound.shelf]\ntoken = "{TOKEN}"\nstores = {{ "3" = "shelf-3" }}\nitems = "{items}"\n'
    with harnesses(redis_url, two_platforms()) as build:
        till = Till(build(settings=table), items)
        till.harness.state.db.flushall()
        fill(till.harness)
        house = House(till, items)
        yield house
        house.close()


def fill(harness: Any) -> None:
    for number in range(20):
        harness.add(f"SKU-{number:02}", 10)
    harness.warehouse.add(SKU, 5, name=TITLE)
    harness.main.add(SKU, 3, title=TITLE)
    harness.cycle()
    harness.main.refuse("SKU-19")
    harness.warehouse.set_stock("SKU-19", 9)
    harness.cycle()
    for number in range(10):
        harness.warehouse.set_stock(f"SKU-{number:02}", 0)
    order = harness.main.sell(SKU, 1)
    harness.cycle()
    refused = next(iter(harness.state.notes("main", "quarantine")))
    harness.main.ship(order)
    harness.main.edit(SKU, 1)
    harness.main.add(f"{SKU}2", 3, title=TITLE)  # of no product
    harness.later(minutes=20)
    harness.cycle()
    state, db = harness.state, harness.state.db
    noted = pack.dumps({"why": REASON, "at": pack.ms(harness.clock.now), "run": RUN})
    db.hset(keys.of_store("main", "quarantine"), refused, noted)
    for sku, _, ledger in state.every_ledger():
        for shipment in ledger.shipments if sku == SKU else ():
            db.hset(keys.of_store("main", "numbers"), shipment.order, ORDER)
    ran = state.runs(1)[0]
    ran["stores"]["main"] |= {"error": REASON, "held": TITLE}
    state.add_run({**ran, "run": RUN})
    steer.pause(harness.context, "outlet", BY)
    assert len(state.held("main")) == 10
