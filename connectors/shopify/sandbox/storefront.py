"""A Shopify shop as its people see it: it sells everything, and has a location for each warehouse."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.testing.client import SandboxClient
from connectors.testing.storefront import Catalogue, Offer, Row


class Storefront:
    """said: what the sandbox told of itself. warehouses: ids, as many as it has locations."""

    platform = "Shopify"

    def __init__(self, said: Mapping[str, Any], warehouses: Sequence[str]) -> None:
        self.client = SandboxClient(said["url"])
        self.offers: dict[str, Offer] = {}
        self.locations = dict(zip(warehouses, (row["id"] for row in self.client.see("locations")), strict=True))
        self._places = {location: place for place, location in self.locations.items()}

    def fill(self, made: Catalogue) -> Iterator[str]:
        variants: dict[int, str] = {}
        for offer in made.offers:
            parts = {variants[id(part)]: 1 for part in offer.components}
            variants[id(offer)] = self._put(offer, components=parts)
        return kinds(made)

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

    def written(self) -> list[tuple[str, int]]:
        return [(row["item"], row["quantity"]) for row in self.client.see("written")]

    def calls(self) -> dict[str, int]:
        found = self.client.see("calls")
        writes = found["executed"].get("inventorySetQuantities", 0)
        return {"calls": sum(found["calls"].values()), "write_calls": writes}

    def place_of(self, location: str) -> str:
        return self._places[location]


def kinds(made: Catalogue) -> Iterator[str]:
    """What is odd about it, in a person's words."""
    named = [x.sku for x in made.offers if x.sku]
    yield f"{sum(bool(x.components) for x in made.offers)} bundles of Shopify's own"
    yield f"{len(made.sets)} sets and {len(made.renamed)} other names from the configuration"
    yield f"{len(made.cartons)} sold by the carton as well"
    yield f"{sum(not x.tracked for x in made.offers)} untracked"
    yield f"{sum(not x.sku for x in made.offers)} without a SKU"
    yield f"{len(named) - len(set(named))} duplicates"
    yield f"{len(made.awaited)} unknown to the warehouse"
    yield f"{sum(bool(x.past) for x in made.goods)} deleted or made anew"
