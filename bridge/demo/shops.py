"""The shops of the demo, one of each platform with a sandbox, and a storefront in it, beside its connector."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from bridge.config import installed, toml
from bridge.demo.catalogue import PLACES, half
from bridge.errors import ConfigError
from bridge.process.supervisor import ProcessGroup
from connectors.testing.storefront import ANYWHERE, Catalogue, Storefront

NAMES = ("main", "outlet")
"""Of the first shops; another is called by its platform."""


@dataclass(frozen=True, slots=True)
class Shop:
    """front: what its people see. settings: of its connector, as the configuration has them."""

    name: str
    front: Storefront
    settings: dict[str, object]
    locations_key: str
    whole: bool

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
        mapped = {self.locations_key: self.front.locations} if self.front.locations else {}
        cartons = {sku: carton.id for sku, carton in made.cartons.items()}
        written = {"map": made.renamed, "bundles": made.sets, "cartons": cartons}
        return toml.table(f"stores.{self.name}", {**self.settings, **mapped, **written})

    def place_of(self, location: str) -> str:
        """Where a number stands, for people; "" where there is one for all warehouses."""
        return PLACES.get(self.front.place_of(location), "")


def opened(members: ProcessGroup) -> Iterator[Shop]:
    """Each sandbox started, with nothing in it, in the order of their connectors' names; those that cannot be read come
    last. Raises ConfigError."""
    sandboxes, storefronts = installed.sandboxes(), installed.storefronts()
    if not storefronts:
        raise ConfigError("The demo needs a connector with a sandbox that it can play in, and none is installed.")
    readable_first = sorted(storefronts.items(), key=lambda found: not installed.capabilities_of(found[0]).readable)
    for number, (connector, module) in enumerate(readable_first):
        name = NAMES[number] if number < len(NAMES) else connector
        said = members.introduced(name, [sandboxes[connector]])
        front = import_module(module).Storefront(said, list(PLACES))
        settings, key = installed.settings_of(connector, said), installed.locations_key(connector)
        yield Shop(name, front, settings, key, whole=number == 0)


def in_shops(shops: Sequence[object]) -> str:
    """So many shops in a sentence."""
    return {1: "in the shop", 2: "in both shops"}.get(len(shops), "in all shops")
