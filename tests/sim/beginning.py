"""How a seed begins: what lies where, and what was sold long before the bridge came."""

from .goods import CASE, Course
from .world import World


def fill(world: World) -> None:
    for sku in world.products:
        units = {w: world.dice.randint(0, 15) for w in world.warehouses}
        world.harness.warehouse.add(sku, units)
        for w, n in units.items():
            world.shelves[sku, w] = n
            world.supply[sku, w] = Course()
            world.supply[sku, w].move(world.now, n)
    if CASE in world.skus:
        world.packing.fill()
    world.taken |= {(sku, x.store, world.reach(x)): Course() for sku in world.skus for x in world.listings}
    for store, sku in dict.fromkeys((x.store, x.sku) for x in world.listings):
        world.harness[store].add(sku, world.dice.randint(0, 15))
    if world.dice.random() < 0.3:
        _sell_long_ago(world)


def _sell_long_ago(world: World) -> None:
    """Beside an order that the shop's API does not show no other may change between two readings, as the promises say:
    so these listings are not sold again. Nor does it leave: nobody would be told in time."""
    for x in world.listings:
        age = world.harness[x.store].long_ago
        if age and world.shows(x) > 3 and world.dice.random() < 0.7:
            world.untold.add(x)
            world.order(x, world.dice.randint(1, 3), at=world.harness.clock.now - age)
