"""What a delivery of a webhook says. Pure.

https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from connectors.base import Reading
from connectors.foreign_text import one_line
from connectors.shopify.shapes import Row, text_of
from connectors.skills import Hint
from connectors.webhooks import is_signed, row_of

FAMILIES = ("x-shopify-", "shopify-")  # of webhooks, and of Events, their successor
LONGEST_ID = 200  # characters
MEANS: Mapping[str, Literal["orders", "stock", "listings"]] = {
    "orders": "orders",
    "refunds": "orders",
    "fulfillments": "orders",
    "inventory_levels": "stock",
    "inventory_items": "listings",
    "products": "listings",
    "variants": "listings",
}
"""By what stands before the slash of a topic: also of topics that a person subscribed to by hand."""
UNINSTALLED = "app/uninstalled"


def hint_of(headers: Mapping[str, str], body: bytes, *, keys: Sequence[str], shop: str) -> Hint | None:
    """None: not signed with one of the keys, or of another shop that has the same app."""
    for family in FAMILIES:
        said = {name: text_of(headers.get(f"{family}{name}")) for name in NAMES}
        if is_signed(body, said["hmac-sha256"], keys) and said["shop-domain"].strip().lower() == shop:
            return _hint(said, row_of(body))
    return None


NAMES = ("hmac-sha256", "shop-domain", "topic", "webhook-id", "triggered-at")


def _hint(said: Mapping[str, str], row: Row) -> Hint:
    topic = one_line(said["topic"])
    what = topic.partition("/")[0]
    means: Literal["orders", "stock", "listings", "gone", "nothing"] = MEANS.get(what, "nothing")
    if topic == UNINSTALLED:
        means = "gone"
    return Hint(
        topic,
        means,
        id=one_line(said["webhook-id"])[:LONGEST_ID],
        at=_instant(said["triggered-at"]) or _instant(text_of(row.get("updated_at"))),
        about=_about(what, row),
        shows=_shown(row) if what == "inventory_levels" else None,
    )


def _about(what: str, row: Row) -> str:
    """For people: #1001, a SKU, a title; else the number that Shopify gave it."""
    name = one_line(next(filter(None, (text_of(row.get(key)) for key in ("name", "sku", "title"))), ""))
    if what == "inventory_levels":
        item, place = _id(row.get("inventory_item_id")), _id(row.get("location_id"))
        return f"inventory item {item} at location {place}" if item and place else ""
    return name or _id(row.get("id"))


def _shown(row: Row) -> Reading | None:
    """What shoppers can buy at one location. The ref of a listing is the gid of its inventory item, and the payload has
    the number in it, so nothing has to be asked. It tells neither committed nor on hand. None: it does not say."""
    item, place, units = _id(row.get("inventory_item_id")), _id(row.get("location_id")), row.get("available")
    if not item or not place or not isinstance(units, int) or isinstance(units, bool):
        return None
    ref, location = f"gid://shopify/InventoryItem/{item}", f"gid://shopify/Location/{place}"
    return Reading(ref, location, available=units, committed=None, on_hand=units)


def _id(value: object) -> str:
    """A number of Shopify's as digits; "" for anything else."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
    return str(value) if is_number else ""


def _instant(text: str) -> datetime | None:
    """Such as 2026-11-20T12:00:00.123456789Z, of whose nanoseconds the microseconds are kept."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
