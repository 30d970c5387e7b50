"""Orders of one store, as movements: those that changed, those that are open, and those that a caller still
knows as open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import OperatorStoreError, OrderLine
from connectors.chunks import chunks
from connectors.http import Now
from connectors.woocommerce.answers import CrashedError
from connectors.woocommerce.catalogue import Catalogue
from connectors.woocommerce.lines import Rules, hidden, needs_refunds, order_lines, orphans, ref_of_line
from connectors.woocommerce.options import TERMINAL, UNPLACED, Options
from connectors.woocommerce.pages import PAGE, Reader
from connectors.woocommerce.translate import Ref, Row, gmt, modified_since

FIELDS = "id,number,status,date_created_gmt,date_modified_gmt,date_completed_gmt,line_items,refunds"
REFUND_FIELDS: Mapping[str, str] = {"_fields": "id,date_created_gmt,line_items"}
SHIPPED_WITHIN = timedelta(days=10)
EVERY = ("any", "trash")  # "any" leaves the trash out, and goes before whatever stands beside it
GMT: Mapping[str, str] = {"dates_are_gmt": "true"}


class Orders:
    def __init__(self, reader: Reader, catalogue: Catalogue, options: Options, *, now: Now) -> None:
        self._reader, self._catalogue, self._now = reader, catalogue, now
        self._shipped, self._age = frozenset(options.shipped_statuses), options.reserve_max_age
        self._pools: dict[int, frozenset[Ref]] = {}  # product → its variations that share its stock

    @property
    def rules(self) -> Rules:
        """Whole hours, so that orders growing too old are looked for once an hour and not with every look."""
        return Rules(self._shipped, (self._now() - self._age).replace(minute=0, second=0, microsecond=0))

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        rules = self.rules
        if since is None:
            yield from self._told(self._list(self._open(), {"after": gmt(rules.oldest - timedelta(seconds=1))}), rules)
            since = self._now() - SHIPPED_WITHIN
        else:  # orders that have reached the greatest age since then: untouched, and no longer keeping units back
            then = (since - self._age).replace(minute=0, second=0, microsecond=0)
            if then < rules.oldest:
                aged = {"after": gmt(then - timedelta(seconds=1)), "before": gmt(rules.oldest)}
                yield from self._told(self._list("any", aged), rules)
        again = [("orders", {"_fields": FIELDS, "status": status}) for status in EVERY]
        yield from self._told(self._reader.again("orders", again), rules)
        for status in EVERY:
            yield from self._told(self._list(status, modified_since(since)), rules)

    def _list(self, status: str, window: Mapping[str, str]) -> Iterator[Row]:
        return self._reader.every("orders", {"_fields": FIELDS, "status": status, **GMT, **window})

    def _open(self) -> str:
        """Every status whose orders may still be shipped, those of plugins included."""
        over = TERMINAL | UNPLACED | self._shipped
        return ",".join(slug for slug in self.statuses() if slug not in over) or "any"

    def statuses(self) -> list[str]:
        """Empty when the store does not tell them: then orders of every status are read."""
        try:
            totals = self._reader.one("reports/orders/totals", {"_fields": "slug"})
        except OperatorStoreError:
            return []
        rows = totals if isinstance(totals, list) else []
        return [row["slug"] for row in rows if isinstance(row, dict) and isinstance(row.get("slug"), str)]

    # ------------------------------------------------------------ telling

    def _told(self, orders: Iterable[Row], rules: Rules) -> Iterator[OrderLine]:
        for chunk in chunks(orders, PAGE):
            pooled = self._pooled(chunk)
            for order in chunk:
                path = f"orders/{order['id']}/refunds"
                try:
                    refunds = self._reader.strictly(path, REFUND_FIELDS) if needs_refunds(order, rules) else ()
                except CrashedError:
                    self._reader.broken.add("orders", order["id"])
                else:
                    yield from order_lines(order, rules, pooled=pooled, refunds=refunds)

    def _pooled(self, orders: Sequence[Row]) -> frozenset[Ref]:
        """Variations in these orders that share their parent's stock. An order does not say so; a parent that
        manages no stock has none, so that usually one call for all parents settles it."""
        refs = [ref for order in orders for line in order.get("line_items") or () if (ref := ref_of_line(line))]
        parents = {ref.parent for ref in refs if ref.parent}
        fresh = [Ref(parent) for parent in sorted(parents - self._pools.keys())]
        rows = self._catalogue.rows(fresh) if fresh else {}
        for ref in fresh:
            manages = rows[ref].get("manage_stock") is True if ref in rows else self._catalogue.is_broken(ref)
            self._pools[ref.id] = self._catalogue.pool(ref.id) if manages else frozenset()
        return frozenset[Ref]().union(*(self._pools[parent] for parent in parents))

    # ------------------------------------------------------------ looking again

    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        """Orders somebody believes open (order → {ref: units}) → what they are now; with nothing open for what is
        no longer in them. An order that was deleted, or trashed by an old WooCommerce, is in no list of changes."""
        rules, rest, there = self.rules, {order: dict(units) for order, units in known.items()}, set[str]()
        ids = [int(order) for order in known if order.isdecimal()]
        lists = [{"_fields": FIELDS, "status": status} for status in EVERY]
        for row in (row for params in lists for row in self._reader.by_id("orders", ids, params)):
            order = str(row["id"])
            there.add(order)
            for order_line in self._told([row], rules):
                rest[order].pop(order_line.ref, None)
                yield order_line
            unnamed = hidden(row, rest[order])
            yield from orphans(row, rules, unnamed)
            rest[order] = {ref: units for ref, units in rest[order].items() if ref not in unnamed}
        broken = {str(order) for order in self._reader.broken.of("orders")}
        left = {order: units for order, units in rest.items() if order not in broken}
        for order, units in left.items():
            yield from (OrderLine(ref, self._now(), order, gone=order not in there) for ref in units)

    # ------------------------------------------------------------ for check

    def forgotten(self) -> int:
        """Open orders too old to keep units back; 0 also when the store does not tell its statuses."""
        status = self._open()
        if status == "any":
            return 0
        return sum(1 for _ in self._list(status, {"before": gmt(self.rules.oldest)}))
