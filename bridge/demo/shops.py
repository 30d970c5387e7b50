"""The two shops as their people see them: what they put up for sale, sell and show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.config import toml
from bridge.demo.catalogue import PLACES, Catalogue, Offer
from bridge.demo.catalogue import kinds as kinds_of_all
from bridge.demo.outlet import ANYWHERE, arrange, kinds
from connectors.testing.client import SandboxClient

SHOPIFY = """
[stores.{name}]
connector = "shopify"
shop = "sandbox.myshopify.com"
access_token = "sandbox-token"
base_url = {url}
locations = {locations}
"""

WOOCOMMERCE = """
[stores.{name}]
connector = "woocommerce"
url = {url}
consumer_key = {key}
consumer_secret = {secret}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One number that a shop shows. place: warehouse id, or ANYWHERE. shows: None where nothing is counted.
    sold: units of it that are sold and not shipped."""

    ref: str
    sku: str
    place: str
    shows: int | None
    sold: int = 0


class Shop(Protocol):
    """One shop. offers: what is for sale, by the id it is ordered by."""

    name: str
    platform: str
    offers: dict[str, Offer]

    def fill(self, made: Catalogue) -> Iterator[str]:
        """Put up for sale what it sells of the catalogue → what is special about it."""

    def order(self, ref: str, units: int, place: str) -> str:
        """Somebody buys → the order's name."""

    def ship(self, order: str) -> None: ...

    def cancel(self, order: str) -> None: ...

    def rows(self) -> list[Row]: ...

    def calls(self) -> dict[str, int]:
        """How often it was asked: "calls", and of these "write_calls"."""

    def place_of(self, location: str) -> str:
        """Where a number stands, for people; "" where there is one for all warehouses."""

    def section(self) -> str:
        """Its part of the configuration."""


class ShopifyShop:
    """Sells everything, and has a location for each warehouse."""

    platform = "Shopify"

    def __init__(self, name: str, client: SandboxClient) -> None:
        self.name, self.client = name, client
        self.offers: dict[str, Offer] = {}
        self.locations = dict(zip(PLACES, (row["id"] for row in client.see("locations")), strict=True))
        self._places = {location: place for place, location in self.locations.items()}

    def fill(self, made: Catalogue) -> Iterator[str]:
        variants: dict[int, str] = {}
        for offer in made.offers:
            parts = {variants[id(part)]: 1 for part in offer.components}
            variants[id(offer)] = self._put(offer, components=parts)
        return kinds_of_all(made)

    def _put(self, offer: Offer, *, components: Mapping[str, int]) -> str:
        shows = {self.locations[place]: units for place, units in offer.shows.items()}
        made = self.client.do(
            "variant", sku=offer.sku, product=offer.title, tracked=offer.tracked, on_hand=shows, components=components
        )
        self.offers[made["variant"]] = offer
        return str(made["variant"])

    def order(self, ref: str, units: int, place: str) -> str:
        return str(self.client.do("order", lines={ref: units}, location=self.locations[place])["name"])

    def ship(self, order: str) -> None:
        self.client.do("fulfil", order=order)

    def cancel(self, order: str) -> None:
        self.client.do("cancel", order=order, restock=True)

    def rows(self) -> list[Row]:
        """On hand is what may be sold and what is sold already."""
        return [
            Row(
                row["variant"],
                row["sku"],
                self._places[row["location"]],
                row["on_hand"],
                row["committed"] + row["reserved"],
            )
            for row in self.client.see("numbers")
        ]

    def calls(self) -> dict[str, int]:
        found = self.client.see("calls")
        writes = found["executed"].get("inventorySetQuantities", 0)
        return {"calls": sum(found["calls"].values()), "write_calls": writes}

    def place_of(self, location: str) -> str:
        return PLACES[self._places[location]]

    def section(self) -> str:
        return SHOPIFY.format(name=self.name, url=toml.value(self.client.url), locations=toml.value(self.locations))


class WooShop:
    """Sells half of it from all warehouses. said: what the sandbox printed."""

    platform = "WooCommerce"

    def __init__(self, name: str, said: Mapping[str, Any]) -> None:
        self.name, self.said, self.client = name, said, SandboxClient(said["url"])
        self.offers: dict[str, Offer] = {}
        self._options: dict[str, list[str]] = {}

    def fill(self, made: Catalogue) -> Iterator[str]:
        wares = list(arrange(made))
        for ware in wares:
            product = self._put(ware.offer, kind="variable" if ware.sizes or ware.options else "simple")
            for n, size in enumerate(ware.sizes, 1):
                child = self.client.do(
                    "variation", product=product, sku=size.sku, units=_counted(size), option=f"size {n}"
                )
                self.offers[str(child["id"])] = size
            for option in ware.options:
                child = self.client.do("variation", product=product, sku=f"{ware.offer.sku}-{option}", option=option)
                self._options.setdefault(str(product), []).append(str(child["id"]))
        return kinds(wares)

    def _put(self, offer: Offer, *, kind: str) -> int:
        made = self.client.do("product", sku=offer.sku, units=_counted(offer), kind=kind, name=offer.title)
        self.offers[str(made["id"])] = offer
        return int(made["id"])

    def order(self, ref: str, units: int, place: str) -> str:  # noqa: ARG002  (it has no places)
        """Of a product whose variations share its stock, a variation is bought."""
        bought = self._options.get(ref, [ref])
        return f"#{self.client.do('order', lines={bought[units % len(bought)]: units})['order']}"

    def ship(self, order: str) -> None:
        self.client.do("ship", order=order.removeprefix("#"))

    def cancel(self, order: str) -> None:
        self.client.do("cancel", order=order.removeprefix("#"))

    def rows(self) -> list[Row]:
        """What is sold is taken off at once. A variation that shows its product's number shows none of its own."""
        return [
            Row(str(row["id"]), row["sku"], ANYWHERE, row["stock_quantity"])
            for row in self.client.see("numbers")
            if row["manage_stock"] != "parent"
        ]

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.client.see("calls")
        writes = sum(count for name, count in found.items() if name.startswith("POST ") and name.endswith("/batch"))
        return {"calls": sum(found.values()), "write_calls": writes}

    def place_of(self, location: str) -> str:
        return location

    def section(self) -> str:
        key, secret = toml.value(self.said["consumer_key"]), toml.value(self.said["consumer_secret"])
        return WOOCOMMERCE.format(name=self.name, url=toml.value(self.said["url"]), key=key, secret=secret)


def _counted(offer: Offer) -> int | None:
    return offer.shows[ANYWHERE] if offer.tracked else None
