"""A till in a shop with a shelf: it sells at the counter, and tells the bridge by the Inventory Update API."""

import csv
import json
import random
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import OK, SERVICE_UNAVAILABLE, HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bridge.config import toml
from bridge.errors import BridgeError
from bridge.process.supervisor import ProcessGroup
from connectors.items import COLUMNS, Item, check_digit

WAREHOUSE, CODE = "shelf-3", "3"
TOKEN = "SHELF_TOKEN"  # noqa: S105  (the name of a variable)
LISTENS = re.compile(r"listens on (\S+);")
TIME_LIMIT = 60.0
"""Seconds until the bridge must listen, and until it must have taken a report."""


class Till:
    """shelf: SKU → pieces there, as the bridge has confirmed. counts: SKU → what it will report first. environ: what
    the configuration needs of it. reports, sold: how many it sent, and pieces sold at the counter."""

    def __init__(self, folder: Path, skus: Iterable[str]) -> None:
        self.items = {item.sku: item for item in _items(skus)}
        self.path = folder / "items.csv"
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *(item[: len(COLUMNS)] for item in self.items.values())])
        chance = random.Random(3)  # noqa: S311  (believable numbers, no secret)
        self.counts = {sku: chance.randint(4, 15) for sku in self.items}
        self.environ = {TOKEN: secrets.token_hex(16)}
        self.shelf: dict[str, int] = {}
        self.reports = self.sold = 0
        self._url = ""

    def section(self) -> str:
        """Its part of the configuration, and where the bridge listens: at a port that is free."""
        shelf = {"token": f"${{{TOKEN}}}", "stores": {CODE: WAREHOUSE}, "items": str(self.path)}
        return "\n".join([toml.table("inbound.shelf", shelf), toml.table("web", {"bind": "127.0.0.1:0"})])

    @property
    def page(self) -> str:
        """The address of the page that the same process serves, once the shelf is open."""
        at = urlsplit(self._url)
        return f"{at.scheme}://{at.netloc}/"

    def open(self, members: ProcessGroup) -> None:
        """Report all that lies on the shelf, once the bridge listens. Raises BridgeError when it never does."""
        ends, log = time.monotonic() + TIME_LIMIT, members.folder / "web.log"
        while not (said := LISTENS.search(log.read_text("utf-8"))):
            members.check()
            if time.monotonic() > ends:
                raise BridgeError(f"The web process did not listen within {TIME_LIMIT:.0f} s (all: {log})")
            time.sleep(0.1)
        self._url = said[1]
        for sku, units in self.counts.items():
            self.report(sku, units)

    def report(self, sku: str, units: int) -> None:
        """Raises BridgeError when the bridge refuses it; one that it cannot take now is sent again."""
        body = {**self.items[sku].identity(), "store": CODE, "quantity": units}
        ends = time.monotonic() + TIME_LIMIT
        while (found := self._post(json.dumps(body)))[0] == SERVICE_UNAVAILABLE and time.monotonic() < ends:
            time.sleep(0.5)
        if found[0] != OK:
            raise BridgeError(f"The bridge refused what the till reported of {sku}: {found[1]}")
        self.shelf[sku] = units
        self.reports += 1

    def facts(self) -> dict[str, object]:
        """As JSON tells it. empty: products that are sold out on the shelf."""
        empty = list(self.shelf.values()).count(0)
        return {"products": len(self.shelf), "empty": empty, "reports": self.reports, "sold": self.sold}

    def _post(self, body: str) -> tuple[int, str]:
        """Status and body of the answer, over a connection of its own: minutes may lie between two reports."""
        at, headers = urlsplit(self._url), {"Authorization": f"Bearer {self.environ[TOKEN]}"}
        with closing(HTTPConnection(at.netloc, timeout=TIME_LIMIT)) as http:
            http.request("POST", at.path, body, {**headers, "Content-Type": "application/json"})
            answer = http.getresponse()
            return answer.status, answer.read().decode()


def _items(skus: Iterable[str]) -> Iterator[Item]:
    """By UPC, and by style, size and width, in turn."""
    for line, sku in enumerate(skus, 2):
        style, _, size = sku.rpartition("-")
        digits = f"{84_963_204_000 + line}"
        named = ("", style, size, "-") if line % 2 else (digits + check_digit(digits), "", "", "")
        yield Item(sku, *named, line)
