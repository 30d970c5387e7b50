"""Rows of the warehouse that are not believed: the last good value stays, nothing is raised on it, and people hear."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.core.model import Level
from bridge.core.sku import called_sku
from bridge.state.lease import Lease
from bridge.sync.context import SyncContext
from bridge.sync.pull.levels import apply_levels
from bridge.threeplguys import BadRow
from connectors.values import replace

Row = Level | BadRow
Note = dict[str, str | None]


def note_of(row: Row) -> Note:
    """What people are told of a row; {} when it is believed."""
    why = row.reason if isinstance(row, BadRow) else row.doubt
    return {"product": row.product, "sku": row.sku, "why": why} if why else {}


def name_of(row: Row) -> str:
    """Under which name it is remembered: its product, else its SKU behind a letter that no id holds."""
    return row.product or f"\x1f{row.sku or ''}"


def last_good(context: SyncContext, rows: Iterable[BadRow]) -> list[Level]:
    """What was known before of the products of garbled rows, doubted from now on. A row without an id stands for every
    product with its SKU."""
    rows = list(rows)
    carriers = context.state.products([row.sku for row in rows if row.product is None and row.sku is not None])
    why: dict[str, str] = {}
    for row in rows:
        found = [row.product] if row.product is not None else carriers.get(row.sku or "", [])
        why |= dict.fromkeys(found, row.reason)
    return [replace(level, doubt=why[product]) for product, level in context.state.levels(list(why)).items()]


class RowStore:
    """Takes rows in at once, page by page: what they say counts, what cannot be read keeps its last good value."""

    def __init__(self, context: SyncContext, lease: Lease) -> None:
        self.context, self.lease = context, lease
        self._any_bad = context.state.any_bad()
        self._places = context.state.warehouses()

    def store(self, rows: Sequence[Row]) -> int:
        """→ how many levels moved something."""
        self.note(rows)
        self.learn_names(rows)
        good = {row.product: row for row in rows if isinstance(row, Level)}
        doubted = last_good(self.context, (row for row in rows if isinstance(row, BadRow)))
        levels = [*good.values(), *(level for level in doubted if level.product not in good)]
        return apply_levels(self.context, self.lease, levels) if levels else 0

    def note(self, rows: Sequence[Row]) -> None:
        bad = {name_of(row): note for row in rows if (note := note_of(row))}
        self._any_bad = self._any_bad or bool(bad)
        if self._any_bad:
            good = [name for row in rows if not note_of(row) for name in (row.product, f"\x1f{row.sku}") if name]
            self.context.state.note_bad(bad, good)
        for note in bad.values():
            product, sku = (name and called_sku(name) for name in (note["product"], note["sku"]))
            self.context.emit("bad row", product=product, sku=sku, error=note["why"])

    def learn_names(self, rows: Iterable[Row]) -> None:
        """Keep what the warehouses are called, wherever a row names one."""
        named: Mapping[str, str] = {w: n for row in rows if isinstance(row, Level) for w, n in row.warehouses.items()}
        news = {w: n for w, n in named.items() if self._places.get(w) != n and (n or w not in self._places)}
        if news:
            self._places |= news
            self.context.state.note_warehouses(news)
