"""What people look up and change in the catalogue at 3PLGuys: products and cartons."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bridge.errors import (
    AmbiguousChangeError,
    BridgeError,
    ConfigError,
    LeaseLostError,
    SourceError,
    SourceRefusalError,
    UnansweredChangeError,
)
from bridge.ops.catalog_file import Step
from bridge.ops.steer import NAMED, keep_decision
from bridge.state.change import Change
from bridge.state.lease import CHANGES, Lease
from bridge.sync.context import SyncContext
from bridge.threeplguys.cartons import Carton, CartonLevel
from bridge.threeplguys.paging import TAKE
from bridge.threeplguys.parse import BadRow, Product
from bridge.threeplguys.query import ProductQuery

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient
    from bridge.threeplguys.resource import Resource

T = TypeVar("T")
FEW = 10
"""So many SKUs are asked for one by one, however small the catalogue is."""

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""What an id of 3PLGuys is made of (Conventions page)."""


@contextmanager
def looked_up(context: SyncContext) -> Iterator["SourceClient"]:
    """The catalogue, to be read. What is left of the request budget for polls is not touched."""
    with context.source(None, spare=True) as source:
        yield source.client


@contextmanager
def changed(context: SyncContext, by: str) -> Iterator["CatalogueChanges"]:
    """The catalogue, to be changed by one person at a time: two imports would create a carton twice. What was changed
    stands in the history in the end, whatever else happens. Raises LeaseLostError while somebody else changes it."""
    with context.lease(CHANGES) as lease:
        if lease is None:
            raise LeaseLostError("Somebody else is changing the catalogue; nothing was changed, try again in a minute.")
        with context.source(lease, spare=True) as source:
            changes = CatalogueChanges(context, source.client, lease, by)
            try:
                yield changes
            finally:
                changes.record()


@dataclass
class CatalogueChanges:
    """source: the catalogue. lease: to be renewed while a person is asked. by: who changes it."""

    context: SyncContext
    source: "SourceClient"
    lease: Lease
    by: str
    _made: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def make(self, what: str, sku: str, why: str, change: Callable[[], T]) -> T:
        """Change something, and note it: a change of a product or of a carton that holds it (what: "catalog-create",
        "catalog-change", "catalog-delete" or "catalog-restore"). One whose answer was lost is noted as that."""
        try:
            made = change()
        except (AmbiguousChangeError, UnansweredChangeError):
            self._note(what, sku, f"{why}; its answer was lost")
            raise
        self._note(what, sku, why)
        return made

    def record(self) -> None:
        """Write down what was noted."""
        for what, why in list(self._made):
            change, skus = Change(), self._made[what, why]
            said = {"what": what, "store": "", "by": self.by, "refs": None, "skus": skus, "why": why}
            keep_decision(self.context, change, said)
            self.context.state.commit(change)
            del self._made[what, why]

    def _note(self, what: str, sku: str, why: str) -> None:
        """So many at once are written down that a long import which is killed is known all the same."""
        skus = self._made[what, why]
        skus.append(sku)
        if len(skus) >= NAMED:
            self.record()


@dataclass(frozen=True)
class Done:
    """What became of a step. made: the product or carton as it is now; None: it was not made. error: why not."""

    step: Step
    made: Any = None
    error: BridgeError | None = None


def carried_out(
    changes: CatalogueChanges, things: "Resource[Any, Any, Any]", steps: Sequence[Step], why: str
) -> Iterator[Done]:
    """Make one change after another. One that is refused, or of which nobody can tell, holds up no other; what says
    something of the whole catalogue (the token, the budget, an outage) ends it, and the rest comes back as not made."""
    for at, step in enumerate(steps):
        changes.context.emit("importing", done=at, of=len(steps))
        what = "catalog-change" if step.have else "catalog-create"
        try:
            made = changes.make(what, step.sku, why, partial(_sent, things, step))
        except (SourceRefusalError, AmbiguousChangeError, UnansweredChangeError) as fault:
            yield Done(step, error=fault)
        except (SourceError, LeaseLostError) as fault:
            yield Done(step, error=fault)
            yield from (Done(left) for left in steps[at + 1 :])
            return
        else:
            yield Done(step, made)


def _sent(things: "Resource[Any, Any, Any]", step: Step) -> Any:
    return things.create(step.want) if step.have is None else things.update(step.have, step.want)


def products_of(context: SyncContext, source: "SourceClient", skus: Collection[str]) -> dict[str, list[Product]]:
    """SKU → the products that have it, deleted ones too: each is asked for where that is less than reading all."""
    found: dict[str, list[Product]] = {}
    if len(skus) <= max(FEW, context.state.levels_known() // TAKE):
        rows = [x for sku in skus for x in source.products.page(ProductQuery(sku=sku, include_deleted=True))]
    else:
        rows = list(source.products.every(ProductQuery(include_deleted=True)))
    for row in rows:
        if isinstance(row, Product) and row.sku in skus:
            found.setdefault(row.sku, []).append(row)
    return found


def product_of(source: "SourceClient", text: str, *, deleted: bool = False) -> Product:
    """The product with that SKU, the live one before deleted ones; else the one with that id. deleted: the other way
    round. Raises ConfigError where there is none, or several."""
    rows = source.products.page(ProductQuery(sku=text, include_deleted=True))
    found = [row for row in rows if isinstance(row, Product) and row.sku == text]
    found = [row for row in found if row.deleted == deleted] or found
    if len(found) > 1:
        ids = " and ".join(row.product for row in found)
        raise ConfigError(f'Several products have the SKU "{text}": say which by its id, {ids}.')
    if found:
        return found[0]
    if ID.fullmatch(text):
        try:
            return source.products.get(text)
        except SourceRefusalError as fault:
            if fault.status != "404":
                raise
    raise ConfigError(
        f'3PLGuys has no product with the SKU or the id "{text}"; look for it with'
        " `stockbridge catalog products list --search TEXT --deleted`."
    )


def carton_of(source: "SourceClient", text: str) -> Carton:
    """The carton type with that id. Raises ConfigError where there is none."""
    if ID.fullmatch(text):
        try:
            return source.cartons.get(text)
        except SourceRefusalError as fault:
            if fault.status != "404":
                raise
    raise ConfigError(
        f'3PLGuys has no carton type with the id "{text}"; look for it with'
        " `stockbridge catalog cartons list --search TEXT --deleted`."
    )


def carton_level(source: "SourceClient", carton: str) -> CartonLevel | BadRow | None:
    """How many full ones there are. 3PLGuys can only be asked for all types, so it is looked for page by page; None
    where the list does not have it."""
    for rows in source.carton_levels(None):
        for row in rows:
            if carton == (row.product if isinstance(row, BadRow) else row.carton):
                return row
    return None
