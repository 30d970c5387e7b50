"""Between WooCommerce's rows and the contract's values. Pure: no network, no clock."""

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from connectors.base import Listing, Outcome, Reading, Status, Verdict

Row = Mapping[str, Any]

FIELDS = "id,name,sku,type,status,parent_id,manage_stock,stock_quantity,date_modified_gmt"
HINT_FIELDS = f"{FIELDS},variations"

# ---------------------------------------------------------------- addresses


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a listing is written. Products and variations share one counter of ids, so the parent's id says
    which of the two it is; 0: a product. As text "12" or "12:34"."""

    id: int
    parent: int = 0

    def __str__(self) -> str:
        return f"{self.parent}:{self.id}" if self.parent else str(self.id)


_REF = re.compile(r"(?:([1-9]\d{0,18}):)?([1-9]\d{0,18})", re.ASCII)


def ref_of(text: str) -> Ref | None:
    """None: no address of this platform."""
    found = _REF.fullmatch(text)
    return Ref(int(found[2]), int(found[1] or 0)) if found else None


# ---------------------------------------------------------------- listings


@dataclass(frozen=True, slots=True)
class Parent:
    """What a variation takes from its product."""

    id: int
    name: str
    sku: str
    status: str


def is_variable(row: Row) -> bool:
    """Also "variable-subscription" and what else plugins derive."""
    return "variable" in str(row.get("type") or "")


def parent_of(row: Row) -> Parent:
    return Parent(row["id"], _text(row.get("name")), _sku(row), str(row.get("status") or ""))


def product(row: Row) -> Listing:
    return Listing(str(row["id"]), _sku(row), _text(row.get("name")), _status(row, row.get("status")))


def variation(row: Row, parent: Parent) -> Listing:
    """A variation without a SKU shows its parent's, which no second product may have: then it has none."""
    sku, name = _sku(row), _text(row.get("name")) or f"#{row['id']}"
    status = row.get("status") if parent.status in ("", "publish") else parent.status
    title = name if name.startswith(parent.name) else f"{parent.name} – {name}"
    return Listing(str(Ref(row["id"], parent.id)), "" if sku == parent.sku else sku, title, _status(row, status))


def _status(row: Row, shown: object) -> Status:
    """manage_stock is true, false or the text "parent", which is true to Python."""
    if row.get("type") in ("external", "grouped"):
        return Status.UNTRACKED
    if row.get("manage_stock") == "parent":
        return Status.POOLED
    if row.get("manage_stock") is not True:
        return Status.UNTRACKED
    return Status.LIVE if shown in (None, "publish") else Status.DRAFT


def counts_nothing(row: Row) -> bool:
    """Something of a kind that can have stock of its own, and has none: a merchant's choice, or the store's switch."""
    return row.get("type") not in ("external", "grouped", "variable") and row.get("manage_stock") is False


def _sku(row: Row) -> str:
    sku = row.get("sku")
    return sku if isinstance(sku, str) else ""


def _text(value: object) -> str:
    """Names may come escaped for HTML."""
    return html.unescape(value) if isinstance(value, str) else ""


# ---------------------------------------------------------------- readings


def reading(row: Row, ref: Ref) -> Reading:
    """Woo has one number, net of its orders; a plugin may make it a fraction, of which whole units can be sold.
    What it does not count, or counts at the parent, shows none:
    its orders are known all the same."""
    managed = row.get("manage_stock") is True
    number = (number_of(row.get("stock_quantity")) if managed else None) or 0
    return Reading(str(ref), "", math.floor(number), committed=None, on_hand=math.ceil(number), stocked=managed)


MOST = 1e12  # units


def number_of(value: object) -> float | None:
    """Numbers come as numbers or as text, depending on who stored them. One beyond any stock is cut to MOST: what
    a plugin slipped must not grow past what is kept."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    except OverflowError:
        return MOST
    return max(-MOST, min(MOST, number)) if math.isfinite(number) else None


# ---------------------------------------------------------------- instants


def instant(text: object) -> datetime | None:
    """A date_…_gmt field: GMT, and not marked as such."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def gmt(moment: datetime) -> str:
    """For dates_are_gmt=true. WordPress turns a time with a zone into the shop's local time and compares that
    with GMT all the same, so none is given."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def modified_since(moment: datetime) -> dict[str, str]:
    """Rows changed at or after an instant. `modified_after` is strictly later, and stamps have whole seconds."""
    return {"modified_after": gmt(moment - timedelta(seconds=1)), "dates_are_gmt": "true"}


# ---------------------------------------------------------------- what a batch says of its items

GONE = Outcome(Verdict.MISSING, reason="WooCommerce has no such product any more")
ANOTHER = Outcome(Verdict.MISSING, reason="this id is a variation now; it is looked for again")
POOLED = Outcome(
    Verdict.REJECTED, reason="pooled: this variation shares its parent's stock; give the parent the SKU, or the "
    "variation a stock of its own",
)  # fmt: skip
UNMANAGED = Outcome(Verdict.DEFERRED, reason="not managed: WooCommerce counts no stock of this product")
UNANSWERED = Outcome(Verdict.DEFERRED, reason="the store's answer does not name this item")

CODES: Mapping[str, Outcome] = MappingProxyType(
    {
        "woocommerce_rest_product_invalid_id": GONE,
        "woocommerce_rest_product_variation_invalid_id": GONE,
        "woocommerce_rest_invalid_product_id": ANOTHER,
        "product_external_invalid_manage_stock": Outcome(Verdict.REJECTED, reason="an external product has no stock"),
    }
)


def refused(code: str, status: object) -> Outcome:
    """An item's error. Its text is translated and may be HTML, so the code decides and is shown."""
    if code in CODES:
        return CODES[code]
    if isinstance(status, int) and (status == 429 or status >= 500):
        return Outcome(Verdict.DEFERRED, reason=f"the store could not do it now ({code or status})")
    reason = f"WooCommerce refuses this product: {code or 'it does not say why'}"
    is_forbidden = status in (401, 403) or "rest_cannot_" in code
    return Outcome(Verdict.REJECTED, reason=reason, general=True, forbidden=is_forbidden)


def echoes(payload: object, ids: Sequence[int]) -> list[Row | None]:
    """The answer of a batch in the order of the ids sent: by position, and by id where that does not hold.
    The id of an error can be null. None: the answer does not name the item."""
    rows = payload.get("update") if isinstance(payload, dict) else None
    rows = rows if isinstance(rows, list) else []
    found = [row if isinstance(row, dict) else None for row in rows]
    if len(found) == len(ids) and all(
        row and row.get("id") in (id_, None) for row, id_ in zip(found, ids, strict=True)
    ):
        return list(found)
    named = {row["id"]: row for row in found if row and row.get("id")}
    return [named.get(id_) for id_ in ids]


def outcome(echo: Row | None, quantity: int) -> Outcome:
    """HTTP 200 does not mean "stock set": the item must come without an error, managed, with its number.
    Another number than was sent is an order that landed in between."""
    if echo is None:
        return UNANSWERED
    if error := echo.get("error"):
        error = error if isinstance(error, dict) else {}
        data = error.get("data")
        return refused(str(error.get("code") or ""), data.get("status") if isinstance(data, dict) else None)
    if (left := unwritable(echo)) is not None:
        return left
    shown = number_of(echo.get("stock_quantity"))
    if shown is None:
        return UNANSWERED
    return Outcome(Verdict.APPLIED, shown=quantity if shown == quantity else math.floor(shown))


def unwritable(row: Row) -> Outcome | None:
    """Why a number sent to this product would not arrive, or would arrive elsewhere. None: it would."""
    if row.get("status") == "trash":
        return GONE
    if row.get("manage_stock") == "parent":
        return POOLED
    return None if row.get("manage_stock") is True else UNMANAGED
