"""What Shopify could not show is asked for once more with every look: what it can show by now is told."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from connectors.base import OrderLine
from connectors.shopify.levels import FEW, levels_of_refs
from connectors.shopify.orders import ORDERS_PAGE, SHAPE, lines_of_order, whole
from connectors.shopify.pages import Reader
from connectors.shopify.queries import LISTINGS_AGAIN, ORDERS_BY_ID


def order_lines(reader: Reader, places: Sequence[str], now: datetime, home: Callable[[], str]) -> Iterator[OrderLine]:
    """What is told by now of what could not be shown. Asking mends: whoever is shown, as a listing and with its
    levels, or is gone, is left out no longer."""
    if orders := reader.broken.of("order"):
        for row in reader.nodes(ORDERS_BY_ID, orders, SHAPE, first=ORDERS_PAGE):
            yield from lines_of_order(whole(reader, row), home=home)
    if refs := reader.broken.of("listing"):
        there = [row["id"] for row in reader.nodes(LISTINGS_AGAIN, refs, {}, first=FEW)]
        yield from (OrderLine(row["id"], now) for row in levels_of_refs(reader, there, places))
