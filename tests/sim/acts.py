"""What people do in a play, and how often; and what a promise makes an exception for."""

from collections.abc import Callable, Mapping
from typing import Any

from bridge.core.sku import called_sku, carton_of

from .goods import CASE, HELD
from .world import World

Act = Callable[[World], str | None]
"""Does it → a sentence, or None when there is nothing to do."""


def receive(world: World) -> str | None:
    sku, w = world.dice.choice(world.skus), world.dice.choice(world.warehouses)
    if sku in world.gone or (sku == CASE and HELD in world.gone):
        return None
    units = world.dice.randint(1, 9)
    if sku == CASE:
        world.packing.arrive(w, units)
        world.note_level(world.came, HELD)
    else:
        world.harness.warehouse.receive(sku, units, w)
        world.shelves[sku, w] += units
        world.supply[sku, w].move(world.now, units)
    world.note_level(world.came, sku)
    return f"{units} {called_sku(sku)} arrive in {w}"


def delete(world: World) -> str | None:
    """Only an empty product, or carton type, may go; or one that is gone comes back."""
    shelves = {sku: any(world.shelves[sku, w] for w in world.warehouses) for sku in world.skus}
    empty = [sku for sku, full in shelves.items() if not full and sku not in world.underway]
    sku = world.dice.choice([*empty, *sorted(world.gone)] or [""])
    if not sku:
        return None
    keeper: Any = world.harness.warehouse if carton_of(sku) is None else world.harness.warehouse.cartons
    if sku in world.gone:
        world.gone.remove(sku)
        keeper.restore(world.ids[sku])
        return f"{called_sku(sku)} is restored"
    world.gone.add(sku)
    world.ids[sku] = keeper.delete(carton_of(sku) or sku).id
    return f"{called_sku(sku)} is deleted"


def stock_take(world: World) -> str | None:
    sku, w = at = (world.dice.choice(world.skus), world.dice.choice(world.warehouses))
    units = min(world.dice.randint(1, 3), world.shelves[at])
    if not units:
        return None
    if sku == CASE:
        world.packing.arrive(w, -units)
        world.note_level(world.counted, HELD)
        world.note_level(world.counted, CASE)
    else:
        world.shelves[at] -= units
        world.supply[at].move(world.now, -units)
        world.packing.open_what_is_short()
        world.count_out(sku, units, w)
    return f"{units} {called_sku(sku)} are missing in {w}"


def edit(world: World) -> str | None:
    listing = world.dice.choice(world.listings)
    units = world.dice.randint(0, 15)
    world.edited.setdefault((listing.store, *listing.stock_key), []).append(units - world.shows(listing))
    world.harness[listing.store].edit(listing.sku, units, *listing.stock_key[1:])
    return f"somebody types {units} for {listing} in {listing.store}"


def recreate(world: World) -> str | None:
    """A shop makes a listing anew, as an import does. One whose orders were not all read to their end would be owed for
    good, as the promises say."""
    owed = {o.listing for o in world.orders if not o.told} | {p.order.listing for p in world.parcels}
    read = world.harness.board.read
    owed |= {x for x, at in world.moved.items() if at >= read.get(x.store, float("-inf"))}
    names = {(x.store, x.sku) for x in owed} | world.away
    if not (free := [x for x in world.readable if (x.store, x.sku) not in names]):
        return None
    x = world.dice.choice(free)
    world.harness[x.store].recreate(x.sku)
    world.made[x.store, x.sku] = world.now
    return f"{x.store} makes {x.sku} anew"


PEOPLE: Mapping[Act, int] = {
    World.sell: 6, World.ship: 4, World.tell_shop: 4, World.tell_warehouse: 4, World.cancel: 2, receive: 3,
    delete: 1, recreate: 1,
}  # fmt: skip
EXCEPTIONS: Mapping[str, Act] = {"stock-take": stock_take, "edit": edit}
