"""What people do in a play, and how often; and what a promise makes an exception for."""

from collections.abc import Callable, Mapping

from .world import World

Act = Callable[[World], str | None]
"""Does it → a sentence, or None when there is nothing to do."""


def stock_take(world: World) -> str | None:
    at = (world.dice.choice(world.skus), world.dice.choice(world.warehouses))
    units = min(world.dice.randint(1, 3), world.shelves[at])
    if not units:
        return None
    world.harness.warehouse.forward(at[0], units, at[1])
    world.shelves[at] -= units
    world.supply[at].move(world.now, -units)
    world.note_level(world.counted, at[0])
    return f"{units} {at[0]} are missing in {at[1]}"


def edit(world: World) -> str | None:
    listing = world.dice.choice(world.listings)
    units = world.dice.randint(0, 15)
    world.harness[listing.store].edit(listing.sku, units, *listing.stock_key[1:])
    return f"somebody types {units} for {listing} in {listing.store}"


PEOPLE: Mapping[Act, int] = {
    World.sell: 6, World.ship: 4, World.tell_shop: 4, World.tell_warehouse: 4, World.cancel: 2, World.receive: 3,
    World.delete: 1, World.recreate: 1,
}  # fmt: skip
EXCEPTIONS: Mapping[str, Act] = {"stock-take": stock_take, "edit": edit}
