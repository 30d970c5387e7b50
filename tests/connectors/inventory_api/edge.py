"""A connector of the Inventory Update API before a host that lies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.base import Sender, StockUpdate, send_once
from connectors.inventory_api.store import InventoryStore
from connectors.testing.harness import batch

Edge = tuple[InventoryStore, Callable[[], object]]
KEYS = {"token": "run_u/v+w=x%y"}
PLACE = {
    "url": "https://shop.example.com",
    "items": str(Path(__file__).parent / "items.csv"),
    "stores": {"1": "3"},
}
TAKEN = ("nothing", "no header ever ends")  # 2xx without an error: the document promises no body
REFUSED = ("echo 200", "echo 400", "echo 404", "echo 418", "echoed page")  # an error of each its own: of this report
SWALLOWED = frozenset(("inventory_api, writing", way) for way in (*TAKEN, *REFUSED))

BUGS: tuple[type[Exception], ...] = ()


@contextmanager
def checking(url: str, send: Sender = send_once) -> Iterator[Edge]:
    options = InventoryStore.Options(**{**PLACE, "url": url}, **KEYS)
    connector = InventoryStore.open(options, locations=("3",), send=send)
    yield connector, connector.check
    connector.close()


@contextmanager
def writing(url: str, send: Sender = send_once) -> Iterator[Edge]:
    with checking(url, send) as (connector, _):
        yield connector, lambda: connector.push(batch(StockUpdate("upc:849632048260", "3", 12)))


EDGES = {"inventory_api": checking, "inventory_api, writing": writing}


def check(address: str) -> None:
    with checking(f"http://{address}") as (_, ask):
        ask()


def push(address: str) -> None:
    with writing(f"http://{address}") as (_, ask):
        ask()


ASKED = (check, push)
DEADLINES: tuple[str, ...] = ()
