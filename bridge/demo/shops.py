"""The shops of the demo: one of each platform with a sandbox, and a storefront in it, beside its connector; and one
more that sells full cartons only."""

from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module

from bridge.config import installed, toml
from bridge.demo.catalogue import PLACES, SECOND, full_cartons, half
from bridge.demo.till import WAREHOUSE
from bridge.errors import ConfigError
from bridge.process.supervisor import ProcessGroup
from connectors.testing.storefront import ANYWHERE, Catalogue, Storefront

NAMES = ("main", "outlet")
"""Of the first shops; another is called by its platform."""

CARTONS = "cartons"


@dataclass(frozen=True, slots=True)
class Shop:
    """front: what its people see. made: what it may sell. settings: of its connector, as the configuration has them.
    adds_shelf: where it has locations, the number of the second one counts the till's shelf as well."""

    name: str
    front: Storefront
    made: Catalogue
    settings: dict[str, object]
    locations_key: str
    adds_shelf: bool = False

    def fill(self) -> str:
        """Put up for sale what it can sell → what is special about it. Raises ConfigError where its author left an
        offer at places that the shop has not."""
        odd = ", ".join(kind for kind in self.front.fill(self.made) if not kind.startswith("0 "))
        places = set(self.front.locations) or {ANYWHERE}
        if astray := [offer.sku for offer in self.front.offers.values() if set(offer.shows) - places]:
            where = "its locations" if self.front.locations else "ANYWHERE"
            text = f"The storefront of {self.front.platform} shows {astray[0]} elsewhere than at {where}"
            raise ConfigError(f"{text}, where nobody could order it; correct `fill` in its sandbox/storefront.py.")
        return odd

    def section(self) -> str:
        """Its part of the configuration, with what the merchant wrote down about the goods."""
        locations = {
            **self.front.locations,
            **{added: self.front.locations[place] for added, place in self.added.items()},
        }
        mapped = {self.locations_key: locations} if locations else {}
        cartons = {sku: carton.id for sku, carton in self.made.cartons.items()}
        written = {"map": self.made.renamed, "bundles": self.made.sets, "cartons": cartons}
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


def opened(members: ProcessGroup, made: Catalogue) -> Iterator[Shop]:
    """Each sandbox started, with nothing in it. Raises ConfigError."""
    sandboxes, storefronts = installed.sandboxes(), installed.storefronts()
    if not storefronts:
        raise ConfigError("The demo needs a connector with a sandbox that it can play in, and none is installed.")
    planned = plan({name: installed.capabilities_of(name).readable for name in storefronts}, made)
    singly = [name for name in planned if name != CARTONS]
    with ThreadPoolExecutor() as pool:  # each needs a second of its own to start
        introduced = pool.map(lambda name: members.introduced(name, [sandboxes[planned[name][0]]]), planned)
    for (name, (connector, goods)), said in zip(planned.items(), introduced, strict=True):
        front = import_module(storefronts[connector]).Storefront(said, list(PLACES))
        settings, key = installed.settings_of(connector, said), installed.locations_key(connector)
        yield Shop(name, front, goods, settings, key, adds_shelf=name == singly[-1])


def plan(readable: Mapping[str, bool], made: Catalogue) -> dict[str, tuple[str, Catalogue]]:
    """Name of each shop → its connector, and what it may sell. readable: connector → whether its shops can be read.

    One of each connector in the order of their names, of which those that cannot be read come last: the first sells the
    whole catalogue, the others half of it. Between them a second one of the last that can be read sells full cartons.
    """
    found, last = dict[str, tuple[str, Catalogue]](), sum(readable.values())
    for number, connector in enumerate(sorted(readable, key=lambda name: (not readable[name], name)), 1):
        name = NAMES[number - 1] if number <= len(NAMES) else connector
        found[name] = connector, made if number == 1 else half(made)
        if number == last:
            found[CARTONS] = connector, full_cartons(made)
    return found


def in_shops(shops: Sequence[object]) -> str:
    """So many shops in a sentence."""
    return {1: "in the shop", 2: "in both shops"}.get(len(shops), "in all shops")
