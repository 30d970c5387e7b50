"""Listings that are given other SKUs, or are taken out of sale, while orders of them are open."""

from collections.abc import Callable, Mapping
from random import Random

from connectors.values import replace

from .goods import Listing
from .world import World

Name = tuple[str, str]
"""(store, SKU)"""


def is_right(world: World, x: Listing, *, has_ended: bool = True) -> bool:
    """Whether the shop shows what it should. Units of an order whose listing was renamed come off both names; off
    which warehouse is not told per order, so there less is right as well, and never more. has_ended: the bridge has met
    every name."""
    shows, least = world.shows(x), world.want(x)
    most = world.want(x, as_ordered=True) if any(o.ordered is not o.listing for o in world.orders) else least
    vague = not has_ended or any(y.place for y in world.listings)
    return shows == least or (vague and least < most and shows <= most)


def is_off_list(world: World, x: Listing) -> bool:
    """Whether its shop's list left it out when the bridge read that last, because it lay in the trash, and no order of
    it is open: then nobody can know that its shop sells it."""
    listed, times = world.harness.board.listed.get(x.store, float("-inf")), world.binned.get((x.store, x.sku), ())
    return not world.own(x) and any(since <= listed <= until for since, until in times)


class Names:
    """retired: names that stand for nothing the warehouse knows."""

    def __init__(self, world: World, dice: Random, *, keeps: bool) -> None:
        """keeps: Redis loses nothing. Of a lost state only the names of today are known, as the promises say."""
        self.world, self.dice = world, dice
        self.retired: list[Name] = []
        acts: dict[str, Callable[[], str | None]] = {"away": self.take_away}
        self.acts: Mapping[str, Callable[[], str | None]] = acts | (
            {"retire": self.retire, "swap": self.swap} if keeps else {}
        )

    def _listings(self, name: Name) -> list[Listing]:
        return [x for x in self.world.listings if (x.store, x.sku) == name]

    def _met(self) -> list[Name]:
        """Names of which the bridge has met the listing and every order; those with open orders if there are any."""
        world, board = self.world, self.world.harness.board
        unread = {x for x, at in world.moved.items() if at >= board.read.get(x.store, float("-inf"))}
        barred = {(x.store, x.sku) for x in unread | world.untold} | world.away
        since = {**world.made, **world.renamed}
        names = dict.fromkeys((x.store, x.sku) for x in world.readable)
        listed = (name for name in names if since.get(name, 0.0) < board.listed.get(name[0], float("-inf")))
        found = [name for name in listed if name not in barred]
        held = {(o.listing.store, o.listing.sku) for o in world.orders if o.open}
        return [name for name in found if name in held] or found

    def retire(self) -> str | None:
        """A listing gets another SKU, and a new one takes its own."""
        if not (met := self._met()):
            return None
        name = store, sku = self.dice.choice(met)
        old, shop = f"{sku}-{len(self.retired) + 1}", self.world.harness[store]
        shop.rename(sku, old)
        self._move_orders({x: replace(x, sku=old, parts={}) for x in self._listings(name)})
        shop.add(sku, self.dice.randint(0, 9))
        self.world.made[name] = self.world.now
        self.retired.append((store, old))
        return f"{store}: {sku} is {old} now, and another listing is {sku}"

    def swap(self) -> str | None:
        """Two listings get each other's SKU."""
        met = self._met()
        store = self.dice.choice(("main", "outlet"))
        skus = [sku for where, sku in met if where == store]
        if len(skus) < 2:
            return None
        one, other = self.dice.sample(skus, 2)
        self.world.harness[store].swap(one, other)
        pairs = list(zip(self._listings((store, one)), self._listings((store, other)), strict=True))
        self._move_orders(dict(pairs) | {y: x for x, y in pairs})
        self.world.renamed |= dict.fromkeys(((store, one), (store, other)), self.world.now)
        return f"{store}: {one} and {other} swap their SKUs"

    def _move_orders(self, now: Mapping[Listing, Listing]) -> None:
        """now: listing → what it is from now on."""
        for order in self.world.orders:
            order.listing = now.get(order.listing, order.listing)
        for x, other in now.items():
            self.world.moved.pop(x, None)
            self.world.ordered |= {(x.store, sku) for sku in (*x.parts, *other.parts)}

    def take_away(self) -> str | None:
        """A product becomes a draft or goes to the trash, with its orders open, or comes back."""
        store, sku = name = self.dice.choice(list(dict.fromkeys((x.store, x.sku) for x in self.world.readable)))
        if name in self.world.away:
            return self._bring_back(name)
        self.world.away.add(name)
        status = self.dice.choice(self.world.harness[store].away)
        self.world.harness[store].set_status(sku, status)
        if status == "trash":
            self.world.binned.setdefault(name, []).append((self.world.now, float("inf")))
        return f"{store}: {sku} is {status}"

    def _bring_back(self, name: Name) -> str:
        self.world.away.remove(name)
        self.world.made[name] = self.world.now
        store = self.world.harness[name[0]]
        store.set_status(name[1], store.public)
        times = self.world.binned.get(name, [])
        times[:] = [(since, min(until, self.world.now)) for since, until in times]
        return f"{name[0]}: {name[1]} is on sale again"

    def end(self) -> None:
        """Everything is on sale again, and somebody takes care of what lost its name."""
        for name in sorted(self.world.away):
            self._bring_back(name)
        for store, sku in self.retired:
            for place in dict.fromkeys(x.place for x in self.world.listings if x.store == store):
                self.world.harness[store].edit(sku, 0, *([place] if place else []))
