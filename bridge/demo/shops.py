"""The shops of the demo, one of each platform with a sandbox, and a storefront in it, beside its connector."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from importlib import import_module

from bridge.config import installed, toml
from bridge.demo.catalogue import PLACES, SECOND, half
from bridge.demo.till import WAREHOUSE
from bridge.errors import ConfigError
from bridge.process.supervisor import ProcessGroup
from connectors.testing.storefront import ANYWHERE, Catalogue, Storefront

NAMES = ("main", "outlet")
"""Of the first shops; another is called by its platform."""


@dataclass(frozen=True, slots=True)
class Shop:
    """front: what its people see. settings: of its connector, as the configuration has them. adds_shelf: where it has
    locations, the number of the second one counts the till's shelf as well."""

    name: str
    front: Storefront
    settings: dict[str, object]
    locations_key: str
    whole: bool
    adds_shelf: bool = False

    def fill(self, made: Catalogue) -> str:
        """The first shop sells the whole catalogue, the others half of it → what is special about it. Raises
        ConfigError where its author left an offer at places that the shop has not."""
        odd = ", ".join(self.front.fill(made if self.whole else half(made)))
        places = set(self.front.locations) or {ANYWHERE}
        if astray := [offer.sku for offer in self.front.offers.values() if set(offer.shows) - places]:
            where = "its locations" if self.front.locations else "ANYWHERE"
            text = f"The storefront of {self.front.platform} shows {astray[0]} elsewhere than at {where}"
            raise ConfigError(f"{text}, where nobody could order it; correct `fill` in its sandbox/storefront.py.")
        return odd

    def section(self, made: Catalogue) -> str:
        """Its part of the configuration, with what the merchant wrote down about the goods."""
        locations = {
            **self.front.locations,
            **{added: self.front.locations[place] for added, place in self.added.items()},
        }
        mapped = {self.locations_key: locations} if locations else {}
        cartons = {sku: carton.id for sku, carton in made.cartons.items()}
        written = {"map": made.renamed, "bundles": made.sets, "cartons": cartons}
        return toml.table(f"stores.{self.name}", {**self.settings, **mapped, **written})

    @property
    def added(self) -> dict[str, str]:
        """Warehouse that has no location of its own → the warehouse at whose location it counts as well."""
        return {WAREHOUSE: SECOND} if self.adds_shelf and self.front.locations else {}

    def sells(self, shelf: Set[str]) -> bool:
        """Whether it has an offer of what lies on the shelf, and counts it."""
        counts = self.added or not self.front.locations
        return bool(counts) and any(offer.parts and offer.parts.keys() & shelf for offer in self.front.offers.values())

    def place_of(self, location: str) -> str:
        """Where a number stands, for people; "" where there is one for all warehouses."""
        return PLACES.get(self.front.place_of(location), "")


def opened(members: ProcessGroup) -> Iterator[Shop]:
    """Each sandbox started, with nothing in it, in the order of their connectors' names; those that cannot be read come
    last, and the very last one sells the till's shelf whatever its platform. Raises ConfigError."""
    sandboxes, storefronts = installed.sandboxes(), installed.storefronts()
    if not storefronts:
        raise ConfigError("The demo needs a connector with a sandbox that it can play in, and none is installed.")
    readable_first = sorted(storefronts.items(), key=lambda found: not installed.capabilities_of(found[0]).readable)
    for number, (connector, module) in enumerate(readable_first):
        name = NAMES[number] if number < len(NAMES) else connector
        said = members.introduced(name, [sandboxes[connector]])
        front = import_module(module).Storefront(said, list(PLACES))
        settings, key = installed.settings_of(connector, said), installed.locations_key(connector)
        last = number == len(readable_first) - 1
        yield Shop(name, front, settings, key, whole=number == 0, adds_shelf=last)


def in_shops(shops: Sequence[object]) -> str:
    """So many shops in a sentence."""
    return {1: "in the shop", 2: "in both shops"}.get(len(shops), "in all shops")
