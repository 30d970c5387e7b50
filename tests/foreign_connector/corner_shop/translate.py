"""Their rows ↔ our values. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Listing, OrderLine, Outcome, Reading, Shipped, Status, StockUpdate, Verdict

Row = Mapping[str, Any]
REFUSED = {"gone": Verdict.MISSING, "changed": Verdict.DEFERRED, "locked": Verdict.REJECTED}


def listing_of(row: Row) -> Listing:
    return Listing(row["id"], row["sku"], row["title"], Status.LIVE if row["counted"] else Status.UNTRACKED)


def reading_of(row: Row) -> Reading:
    """The shop has one number, which is what shoppers can buy."""
    return Reading(row["id"], "", available=row["stock"], committed=None, on_hand=row["stock"])


def hint_of(row: Row) -> OrderLine:
    """An edit: something touched this product, and this is what it shows now."""
    return OrderLine(row["id"], datetime.fromisoformat(row["changed_at"]), shows=reading_of(row))


def order_lines(order: Row) -> Iterator[OrderLine]:
    """Absolute: what each line holds back now, and what of it was shipped."""
    changed_at, placed_at, shipped_at = (
        moment and datetime.fromisoformat(moment)
        for moment in (order["changed_at"], order["placed_at"], order["shipped_at"])
    )
    for line in order["lines"]:
        shipped = (Shipped("", line["units"], shipped_at),) if shipped_at else ()
        left = 0 if shipped_at or order["cancelled"] else line["units"]
        yield OrderLine(
            line["product"], changed_at, order["id"], placed_at, committed=left, shipped=shipped, sku=line["sku"]
        )


def item_of(update: StockUpdate) -> Row:
    return {"id": update.ref, "stock": update.quantity} | ({} if update.was is None else {"was": update.was})


def outcome_of(answer: Row) -> Outcome:
    """The shop's word for one item. A refusal that we do not know says nothing certain, so the item stays due."""
    if refused := answer.get("refused"):
        return Outcome(REFUSED.get(refused, Verdict.DEFERRED), reason=answer["why"])
    return Outcome(Verdict.APPLIED, shown=answer["stock"])


def asked_since(moment: datetime | None) -> Row:
    """The query for rows that changed at or after a moment. None: for all."""
    return {} if moment is None else {"changed_since": moment.astimezone(UTC).isoformat()}
