"""What keeps an increase back, by name: a pull, the reading of a store that shares the stock, a row, a line."""

from collections.abc import Sequence
from datetime import datetime

from bridge.core.model import Skip
from bridge.core.text import stamp
from bridge.ops.facts import Item
from bridge.state import pack
from bridge.sync.context import SyncContext
from bridge.sync.inputs import OF_OTHERS, is_hiding_orders
from bridge.sync.timetable import counts_since, proof_since


def reasons(context: SyncContext, item: Item, skip: Skip | None) -> Sequence[str]:
    """Phrases about what keeps an increase back, where `skip` says that something does."""
    parts = () if isinstance(item.inputs.parts, Skip) else tuple(item.inputs.parts)
    if skip is Skip.NO_PROOF:
        return unproven(context, item)
    if skip is Skip.NEAR_LINE:
        lines = (x for store in context.stores for x in context.state.store_record(store).unmapped_lines)
        return [x.phrase for x in lines if x.near in parts]
    if skip not in (Skip.NOT_BELIEVED, Skip.TWO_PRODUCTS):
        return ()
    products = [product for found in context.state.products(parts).values() for product in found]
    live = [x for x in context.state.levels(products).values() if x.sku in parts and not x.deleted]
    told = [x for x in live if x.doubt or skip is Skip.TWO_PRODUCTS]
    return [f"product {x.product}{f', {x.doubt}' if x.doubt else ''}" for x in told]


def unproven(context: SyncContext, item: Item) -> list[str]:
    """A phrase for the pull and for each store, as far as they prove no increase of a listing."""
    since, records = pack.at(pack.ms(proof_since(context))), context.state.store_records(context.stores, *OF_OTHERS)
    pulled = context.state.source_record().pull
    began = pulled.began if pulled else None
    found = [] if began and began >= since else [f"the warehouse was pulled {_last(began)}"]
    for store, record in records.items():
        unmet = not record.mapped_at or record.orders_since is None or record.refresh_requested
        if store in item.sharing or unmet:
            oldest = min(since, counts_since(context)) if record.breaker else since
            if context.capabilities(store).readable and (record.read_at is None or record.read_at < oldest):
                found.append(f"{store} was read {_last(record.read_at)}")
            elif context.capabilities(store).readable and record.orders_since is None:
                found.append(f"the orders of {store} are all to be read")
            found += [f"{store} may sell a listing that nobody has met"] if record.refresh_requested else []
            hides = is_hiding_orders(context, store, record)
            found += [f"{store} does not show all of its orders or listings"] if hides else []
    return found + ["its orders are to be asked for once more"] * item.suspected


def _last(at: datetime | None) -> str:
    return f"last at {stamp(at)}" if at else "never"
