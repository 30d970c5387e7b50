"""What a delivery of a webhook says, and the key that it is signed with. Pure."""

import hmac
import re
from collections.abc import Mapping
from typing import Literal, TypeGuard

from connectors.base import Reading
from connectors.foreign_text import one_line
from connectors.skills import Hint
from connectors.webhooks import is_signed, row_of
from connectors.woocommerce.translate import Ref, Row, instant, reading

MEANS: Mapping[str, Literal["orders", "listings"]] = {"order": "orders", "product": "listings"}
PREFIX = "x-wc-webhook-"
PING = re.compile(rb"webhook_id=[1-9]\d{0,18}")
FORM = "application/x-www-form-urlencoded"


def webhook_key(consumer_secret: str) -> str:
    """What deliveries are signed with: hexadecimal, because WooCommerce decodes HTML entities in the key before it
    signs. Made of the consumer secret, so that nothing more has to be kept, and nothing of that can be told from it."""
    return _derived(consumer_secret, "stockbridge webhook key")


def key_mark(consumer_secret: str) -> str:
    """By which a key is known that nobody shows: the store keeps it, and does not tell it."""
    return _derived(consumer_secret, "stockbridge webhook mark")[:8]


def _derived(consumer_secret: str, label: str) -> str:
    return hmac.digest(consumer_secret.encode(), label.encode(), "sha256").hex()


def hint_of(headers: Mapping[str, str], body: bytes, *, key: str) -> Hint | None:
    """None: not signed with the key, and no ping. There is no id that is the same over two deliveries of one thing."""
    if _is_ping(headers, body):
        return Hint("ping", "nothing")
    if not is_signed(body, headers.get(f"{PREFIX}signature", ""), [key]):
        return None
    topic, row = one_line(headers.get(f"{PREFIX}topic", "")), row_of(body)
    what = topic.partition(".")[0]
    shows = _shown(row) if what == "product" else None
    sku = row.get("sku") if shows else None
    return Hint(
        topic,
        MEANS.get(what, "nothing"),
        at=None if row.get("status") == "future" else instant(row.get("date_modified_gmt")),  # else its date of sale
        about=_about(what, row),
        shows=shows,
        sku=sku if isinstance(sku, str) else None,
    )


def _is_ping(headers: Mapping[str, str], body: bytes) -> bool:
    """What WooCommerce sends when a webhook is made or moved: a form with the webhook's number and nothing else, which
    nobody signs. A delivery never looks like it, and nothing is done about it."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_bare = kind == FORM and PING.fullmatch(body) is not None
    return is_bare and not any(name.startswith(PREFIX) for name in headers)


def _about(what: str, row: Row) -> str:
    """For people: #1234, a SKU, a name; else the number that WooCommerce gave it."""
    known = [str(row.get(name) or "") for name in ("sku", "name") if isinstance(row.get(name), str)]
    number = row.get("number") if what == "order" else None
    if isinstance(number, str) and number:
        known.insert(0, f"#{number}")
    id_ = row.get("id")
    return one_line(next(filter(None, known), str(id_) if _is_id(id_) else ""))


def _shown(row: Row) -> Reading | None:
    """What shoppers can buy of it: the row is that of the lists. None: of something deleted only the id is told, and of
    what cannot be shown an error."""
    id_, parent = row.get("id"), row.get("parent_id")
    if not _is_id(id_) or "manage_stock" not in row:
        return None
    if row.get("type") != "variation":
        return reading(row, Ref(id_))
    return reading(row, Ref(id_, parent)) if _is_id(parent) else None


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
