"""What the shops of a seed sell, and by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from connectors.values import replace

from .goods import CASE, CASE_ID, EACH, HELD, Listing, kit, plain

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Layout:
    """What is sold where, and by which rules."""

    rules: Mapping[str, str]
    listings: tuple[Listing, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """Warehouses that have a location of their own in `main`, on a platform that knows locations."""
        return tuple(sorted({x.place for x in self.listings if x.place}))

    @property
    def packs(self) -> bool:
        return any(CASE in x.parts for x in self.listings)

    @property
    def needs_two(self) -> bool:
        return any(x.reach for x in self.listings)


def split(*made: Listing) -> tuple[Listing, ...]:
    """Each at two locations, one for each warehouse."""
    return tuple(replace(x, place=w, reach=frozenset({w})) for x in made for w in ("1", "2"))


def duplicate(store: str, **rule: Any) -> Listing:
    return Listing(store, "A-RED", {"A": 1}, **rule)


def case(store: str, **rule: Any) -> Listing:
    return Listing(store, "CASE", {CASE: 1, HELD: EACH}, **rule)


def crate(store: str, **rule: Any) -> Listing:
    return Listing(store, "CRATE", {CASE: 1, HELD: EACH + 1, "B": 1}, **rule)


FIRST = 'warehouses = ["1"]\n'
BUNDLE = '[stores.{}.bundles]\n"KIT" = {{ "A" = 2, "B" = 1 }}\n'
DUPLICATE = '[stores.{}.map]\n"A-RED" = "A"\n'
LAYOUTS = (
    Layout({"main": "", "outlet": ""}, (*plain("main", "ABC"), *plain("outlet", "ABC"))),
    Layout(
        {"main": "buffer = 2\n" + BUNDLE.format("main"), "outlet": ""},
        (*plain("main", "AB", buffer=2), kit("main", buffer=2), *plain("outlet", "ABC")),
    ),
    Layout(
        {"main": "", "outlet": 'share = "50%"\n' + BUNDLE.format("outlet")},
        (*plain("main", "ABCD"), *plain("outlet", "AB", share=HALF), kit("outlet", share=HALF)),
    ),
    Layout(
        {"main": "cap = 6\n" + DUPLICATE.format("main"), "outlet": "buffer = 1\n" + DUPLICATE.format("outlet")},
        (*plain("main", "AB", cap=6), duplicate("main", cap=6), *plain("outlet", "AB", buffer=1),
         duplicate("outlet", buffer=1)),
    ),
    Layout({"main": "", "outlet": FIRST}, (*plain("main", "AB"), *plain("outlet", "AB", reach=frozenset("1")))),
    Layout({"main": "", "outlet": ""}, (*split(*plain("main", "AB")), *plain("outlet", "AB"))),
    Layout(
        {"main": BUNDLE.format("main"), "outlet": FIRST + DUPLICATE.format("outlet")},
        (
            *split(*plain("main", "AB"), kit("main")),
            *plain("outlet", "AB", reach=frozenset("1")), duplicate("outlet", reach=frozenset("1")),
        ),
    ),
)  # fmt: skip
CARTONS = f'[stores.{{}}.cartons]\n"CASE" = "{CASE_ID}"\n'
CRATE = '[stores.{}.bundles]\n"CRATE" = {{ "CASE" = 1, "A" = 1, "B" = 1 }}\n'
PACKED = (
    Layout(
        {"main": CARTONS.format("main"), "outlet": ""}, (*plain("main", "AB"), case("main"), *plain("outlet", "A"))
    ),
    Layout(
        {"main": "", "outlet": "buffer = 1\n" + CARTONS.format("outlet") + CRATE.format("outlet")},
        (*plain("main", "AB"), *plain("outlet", "A", buffer=1), case("outlet", buffer=1), crate("outlet", buffer=1)),
    ),
    Layout(
        {"main": CARTONS.format("main"), "outlet": FIRST + CARTONS.format("outlet")},
        (
            *split(*plain("main", "A"), case("main")), *plain("outlet", "A", reach=frozenset("1")),
            case("outlet", reach=frozenset("1")),
        ),
    ),
)  # fmt: skip
"""Those that sell cartons."""

LOOSELY = 'match = "loose"\n'


def spelt(store: str, skus: str, **rule: Any) -> tuple[Listing, ...]:
    """Under names that only loosely are those of the warehouse."""
    return tuple(Listing(store, sku.lower(), {sku: 1}, **rule) for sku in skus)


SPELT = (
    Layout({"main": "buffer = 1\n" + LOOSELY, "outlet": ""}, (*spelt("main", "AB", buffer=1), *plain("outlet", "ABC"))),
    Layout({"main": LOOSELY, "outlet": LOOSELY}, (*plain("main", "Aa"), *spelt("main", "B"), *plain("outlet", "aB"))),
    Layout(
        {"main": LOOSELY, "outlet": LOOSELY + BUNDLE.format("outlet")},
        (*plain("main", "a"), *spelt("main", "B"), *plain("outlet", "A"), kit("outlet")),
    ),
)
"""Those with names that are alike; two of them with products whose SKUs are, of which some shops allow only one."""

PACKS, SPELLS = 0.2, 0.15
"""Of seeds, that play one of them."""


def layout_of(seed: int, dice: Random, *, locations: bool, odd: bool) -> Layout:
    """locations: `main` has some. odd: some seeds sell cartons, or match loosely, by dice of their own."""
    packed, loosely = Random(f"{seed} packed cartons"), Random(f"{seed} spelt 24")
    layout = dice.choice([x for x in LAYOUTS if locations or not x.places])
    if odd and packed.random() < PACKS:
        layout = packed.choice([x for x in PACKED if locations or not x.places])
    elif odd and loosely.random() < SPELLS:
        layout = loosely.choice(SPELT)
    return layout
