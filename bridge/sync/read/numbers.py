"""Orders by the numbers that shops show to people, where those are others than the ids."""

from collections.abc import Iterable

from bridge.state import keys
from bridge.sync.context import SyncContext
from bridge.sync.session import StoreSession


def called(context: SyncContext, store: str, orders: Iterable[str]) -> dict[str, str]:
    """Order → what people of the shop call it: its number, or its id where that is unknown or the same."""
    wanted = list(dict.fromkeys(orders))
    known = context.state.numbers(store, wanted) if store in context.stores else {}
    return {order: known.get(order, order) for order in wanted}


def strange_numbers(session: StoreSession) -> list[tuple[str, str]]:
    """Fields to drop: numbers of orders that hold nothing and have no shipment in the ledger any more."""
    context, store = session.context, session.store
    known = {order for _, lines in context.state.every_owed(store) for order in lines}
    known |= {d.order for _, _, x in context.state.every_ledger() for d in x.shipments if d.store == store}
    return [(keys.of_store(store, "numbers"), order) for order in context.state.names(store, "numbers") - known]
