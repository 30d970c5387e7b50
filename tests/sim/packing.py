"""Cartons in the truth: some of the pieces of A stand on the shelves in full ones. Who takes more pieces than lie loose
opens them, and the books of the warehouse learn of that later."""

from typing import TYPE_CHECKING

from .goods import CASE, CASE_ID, EACH, HELD, Course, Order, Parcel

if TYPE_CHECKING:
    from .world import World


class Packing:
    """untold: warehouse → cartons opened of which its books do not know. opened: in all that ever were."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.untold: dict[str, int] = {}
        self.opened = 0

    def fill(self) -> None:
        """Some full cartons, beside what lies loose."""
        self.world.harness.warehouse.cartons.add(HELD, EACH)
        for w in self.world.warehouses:
            self.world.shelves[CASE, w], self.world.supply[CASE, w] = 0, Course()
            self.arrive(w, self.world.dice.randint(0, 4))

    def arrive(self, w: str, cartons: int) -> None:
        """They come, or go missing, with what is in them; truth and books alike."""
        self.world.harness.warehouse.cartons.receive(CASE_ID, cartons, w)
        for sku, units in ((CASE, cartons), (HELD, cartons * EACH)):
            self.world.shelves[sku, w] += units
            self.world.supply[sku, w].move(self.world.now, units)

    def ship(self, order: Order, cartons: int) -> None:
        """Full ones leave, each as one parcel with what is in it."""
        for w in sorted(self.world.reach(order.ordered)):
            some = min(cartons, self.world.shelves[CASE, w])
            if some:
                self.world.shelves[CASE, w] -= some
                self.world.shelves[HELD, w] -= some * EACH
                self.world.parcels.append(Parcel(order, CASE, w, some, self.world.now))
            cartons -= some

    def open_what_is_short(self) -> None:
        """After pieces were taken. Half of the time the books are told at once."""
        for w in self.world.warehouses if CASE in self.world.skus else ():
            full = self.world.shelves[CASE, w]
            if opened := full - min(full, self.world.shelves[HELD, w] // EACH):
                self.world.shelves[CASE, w] -= opened
                self.untold[w] = self.untold.get(w, 0) + opened
                self.opened += opened
                if self.world.dice.random() < 0.5:
                    self.tell(w)

    def tell(self, w: str) -> None:
        """The books count what stands there, and what has left and they do not know of. Who counts pieces out of them
        has opened some of them there already."""
        opened = self.untold.pop(w, 0)
        left = sum(p.pieces for p in self.world.parcels if (p.sku, p.warehouse) == (CASE, w))
        types = self.world.harness.warehouse.cartons
        types.open(CASE_ID, types.known(CASE_ID).counts.get(w, 0) - self.world.shelves[CASE, w] - left, w)
        self.world.supply[CASE, w].move(self.world.now, -opened)

    def tell_all(self) -> None:
        for w in list(self.untold):
            self.tell(w)
