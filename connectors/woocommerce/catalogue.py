"""What a store sells and shows: products in pages, variations from the whole store where it can list them
(WooCommerce 10.3 and later), else parent by parent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from connectors.base import Listing, OperatorStoreError, OrderLine, Reading
from connectors.chunks import chunks
from connectors.woocommerce.answers import GoneError, NoRouteError
from connectors.woocommerce.pages import Reader
from connectors.woocommerce.translate import (
    FIELDS,
    HINT_FIELDS,
    Parent,
    Ref,
    Row,
    counts_nothing,
    instant,
    is_variable,
    modified_since,
    parent_of,
    product,
    reading,
    ref_of,
    variation,
)

SLIM: Mapping[str, str] = {"_fields": FIELDS}
CHUNK = 500  # refs read before the first of them is told


NOTHING_MANAGED = (
    "shows no product whose stock is managed, and the key's user may not read whether the shop manages stock at all; "
    "switch it on in WooCommerce → Settings → Products → Inventory, manage the stock of some product, or create the "
    "key for a shop manager"
)


class Catalogue:
    """One store's goods. is_switch_hidden: the key's owner may not read the store's switch, as far as it was asked for.
    Remembers, for as long as it lives, whether the store can list all variations."""

    def __init__(self, reader: Reader, *, what: str) -> None:
        self._reader, self._what = reader, what
        self._lists_all: bool | None = None
        self.is_switch_hidden = False
        self._asked = False  # whether the store's switch was asked after something was read as not managed

    def is_broken(self, ref: Ref) -> bool:
        """Whether this listing cannot be shown, or may be hidden by a product that cannot."""
        return self._reader.broken.holds(ref)

    # ------------------------------------------------------------ whole lists

    def listings(self, changed_since: datetime | None) -> Iterator[Listing]:
        window = {} if changed_since is None else modified_since(changed_since)
        return (_listing(row, parent) for row, parent in self._goods(window))

    def every_reading(self) -> Iterator[Reading]:
        return (_reading(row, parent) for row, parent in self._goods({}, hidden=True))

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        """Both of each row. Of a variation whose product cannot be shown not all of the listing is known."""
        for row, parent in self._goods({}, hidden=True):
            is_whole = parent is None or not self.is_broken(Ref(row["id"], parent.id))
            yield _listing(row, parent) if is_whole else None, (_reading(row, parent),)

    def _goods(self, window: Mapping[str, str], *, hidden: bool = False) -> Iterator[tuple[Row, Parent | None]]:
        """Products, then variations with theirs, all or those changed in a window. hidden: also those of products that
        cannot be shown."""
        self.must_manage()
        parents, unmanaged = dict[int, Parent](), False
        for row in self._reader.every("products", {**SLIM, **window}):
            unmanaged = unmanaged or self._counts_nothing(row)
            yield row, None
            if is_variable(row):
                parents[row["id"]] = parent_of(row)
        if hidden:
            parents |= {broken: Parent(broken, "", "", "") for broken in self._reader.broken.of("products")}
            left_out = self._reader.broken.of("variations")
            if left_out and not self.lists_all():  # nobody knows whose: each is met again by its parent, or it is gone
                self._reader.broken.mend("variations", left_out)
        for row, parent in self._variations(parents, window):
            unmanaged = unmanaged or self._counts_nothing(row)
            yield row, parent
        if unmanaged:  # by the switch, while the list was read?
            self.must_manage(seen_off=True)

    def _variations(self, parents: dict[int, Parent], window: Mapping[str, str]) -> Iterator[tuple[Row, Parent]]:
        """Of the given parents, and of none that are gone. A variation that changes marks its parent as changed,
        so without a changed parent there is nothing to ask."""
        if not parents:
            return
        if not self.lists_all():
            for parent in parents.values():
                yield from ((row, parent) for row in self._children(parent.id))
            return
        for row in self._reader.every("variations", {**SLIM, **window}):
            if row.get("parent_id") in parents:
                yield row, parents[row["parent_id"]]

    def lists_all(self) -> bool:
        """A store that has no such route says so; asked only after another route has answered, so that it
        cannot be the plugin that is off."""
        if self._lists_all is None:
            try:
                self._reader.answers("variations", {"per_page": "1", "_fields": "id"})
                self._lists_all = True
            except NoRouteError:
                self._lists_all = False
        return self._lists_all

    def _children(self, parent: int, ids: Sequence[int] | None = None) -> list[Row]:
        path = f"products/{parent}/variations"
        try:
            found = self._reader.every(path, SLIM) if ids is None else self._reader.by_id(path, ids, SLIM)
            return list(found)
        except GoneError:
            return []

    # ------------------------------------------------------------ readings

    def readings(self, refs: Sequence[str]) -> Iterator[Reading]:
        """Of these refs and no others; what is no address of this platform is left out."""
        wanted = [ref for text in dict.fromkeys(refs) if (ref := ref_of(text))]
        for chunk in chunks(wanted, CHUNK):
            found = self.rows(chunk)
            if not self._asked and any(counts_nothing(row) for row in found.values()):
                self.must_manage(seen_off=True)
                self._asked = True
            yield from (reading(found[ref], ref) for ref in chunk if ref in found)

    def rows(self, refs: Sequence[Ref]) -> dict[Ref, Row]:
        """Rows as they are now; what is gone, or belongs to another parent by now, is left out."""
        products = self._reader.by_id("products", (ref.id for ref in refs if not ref.parent), SLIM)
        found = {Ref(row["id"]): row for row in products}
        children = [ref for ref in refs if ref.parent]
        if children and self.lists_all():
            rows = self._reader.by_id("variations", (ref.id for ref in children), SLIM)
            return found | {Ref(row["id"], row.get("parent_id") or 0): row for row in rows}
        by_parent = defaultdict[int, list[int]](list)
        for ref in children:
            by_parent[ref.parent].append(ref.id)
        for parent, ids in by_parent.items():
            found |= {Ref(row["id"], parent): row for row in self._children(parent, ids)}
        return found

    def pool(self, parent: int) -> frozenset[Ref]:
        """The variations of a product that share its stock."""
        return frozenset(
            Ref(row["id"], parent) for row in self._children(parent) if row.get("manage_stock") == "parent"
        )

    # ------------------------------------------------------------ hints

    def hints(self, since: datetime) -> Iterator[OrderLine]:
        """What was edited, by whomever: by people, by orders, and by the bridge itself. An echo of our own write, and a
        product that is dated in the future, cost nothing beyond their row: they show what is known."""
        parents: dict[int, Row] = {}
        for row in self._reader.every("products", {"_fields": HINT_FIELDS, **modified_since(since)}):
            yield from _hint(Ref(row["id"]), row, shows=row)
            if is_variable(row):
                parents[row["id"]] = row
        parents |= {broken: {"id": broken} for broken in self._reader.broken.of("products")}  # its own tell nothing
        if not parents:
            return
        if self.lists_all():
            for row in self._reader.every("variations", {"_fields": HINT_FIELDS, **modified_since(since)}):
                yield from _hint(Ref(row["id"], row.get("parent_id") or 0), row, shows=row)
            return
        for parent in parents.values():  # which of them it was, the store does not say: each is read again
            for child in parent.get("variations") or ():
                yield from _hint(Ref(child, parent["id"]), parent)

    def mended(self) -> Iterator[OrderLine]:
        """What could not be shown the last time, and can be by now."""
        for row in self._reader.again("products", [("products", SLIM)]):
            yield from _hint(Ref(row["id"]), row, shows=row)
        if self._reader.broken.of("variations") and self.lists_all():
            for row in self._reader.again("variations", [("variations", SLIM)]):
                yield from _hint(Ref(row["id"], row.get("parent_id") or 0), row, shows=row)

    def probe(self) -> None:
        """The smallest read. Raises StoreError: with plain permalinks a write is answered by a page, HTTP 200, and
        only a read is redirected in a way that tells why."""
        self._reader.answers("products", {"per_page": "1", "_fields": "id"})

    # ------------------------------------------------------------ the store-wide switch

    def must_manage(self, *, seen_off: bool = False) -> None:
        """Raises OperatorStoreError where stock management is off for the whole store: then every product says "not
        managed", and nothing of it is true. seen_off: some product says so; where nobody may ask for the switch,
        another one must say otherwise."""
        manages = self.manages()
        if manages is False:
            raise OperatorStoreError(
                f"{self._what} manages no stock at all; switch it on in WooCommerce → Settings → Products → Inventory."
            )
        if manages or not seen_off:
            return
        parents, is_off = dict[int, Parent](), False
        for row in self._reader.every("products", SLIM):
            if row.get("manage_stock") is True:
                return
            is_off = is_off or counts_nothing(row)
            if is_variable(row):
                parents[row["id"]] = parent_of(row)
        is_managing = any(row.get("manage_stock") is True for row, _ in self._variations(parents, {}))
        if not is_managing and (is_off or parents):  # nothing counts stock, and something could
            raise OperatorStoreError(f"{self._what} {NOTHING_MANAGED}.")

    def manages(self) -> bool | None:
        """What the store's own switch says; None: the key's owner may not read settings."""
        try:
            setting = self._reader.one("settings/products/woocommerce_manage_stock", {"_fields": "id,value"})
        except OperatorStoreError:
            self.is_switch_hidden = True
            return None
        self.is_switch_hidden = False
        return not isinstance(setting, dict) or setting.get("value") != "no"

    def _counts_nothing(self, row: Row) -> bool:
        """As of any row; before the first such row is passed on, where nobody may ask for the switch, the others are
        asked. Raises OperatorStoreError."""
        is_off = counts_nothing(row)
        if is_off and self.is_switch_hidden:
            self.must_manage(seen_off=True)
        return is_off


def _listing(row: Row, parent: Parent | None) -> Listing:
    return product(row) if parent is None else variation(row, parent)


def _reading(row: Row, parent: Parent | None) -> Reading:
    return reading(row, Ref(row["id"], parent.id if parent else 0))


def _hint(ref: Ref, stamped: Row, *, shows: Row | None = None) -> Iterator[OrderLine]:
    """shows: the row of the listing itself, where it is known."""
    moment = instant(stamped.get("date_modified_gmt"))
    if moment is not None:
        yield OrderLine(str(ref), moment, shows=None if shows is None else reading(shows, ref))
