"""A state as it stands after weeks of work, written without any: no shop is asked, so that many large ones cost
seconds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from random import Random

from bridge.config import toml
from bridge.core.ledger import Ledger, LevelDecrease, Shipment
from bridge.core.model import Level, StockKey, StoreStock, TargetBasis
from bridge.core.sku import normalized_sku
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.records import PullRecord
from bridge.sync.context import SyncContext
from bridge.sync.cycle import Cycle, note_run
from bridge.sync.read.listings import fingerprint
from bridge.sync.report import Pulled, Pushed
from connectors.base import Listing
from connectors.chunks import chunks
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE, LocalStore, two_platforms

ON_HAND = 40
PLACE = "1"
"""The warehouse, by its id."""

CHUNK = 500
WEEK = 604_800
CHANCE = Random(1)
KINDS = ("Hiking boot", "Rain jacket", "Wool sock", "Climbing rope", "Camping stove", "Sleeping bag", "Head torch")
COLOURS = ("black", "moss", "sand", "brick red", "navy")
SIZES = ("XS", "S", "M", "L", "XL")

Named = Sequence[tuple[str, str]]
"""(SKU, what it is called)."""


def shops(count: int) -> list[LocalStore]:
    """Shops of two platforms by turns, that nobody asks."""
    kinds = two_platforms()
    return [kinds[n % 2](f"store{n:02d}", ManualClock()) for n in range(count)]


def text_of(stores: Sequence[LocalStore]) -> str:
    """Their configuration."""
    source = toml.table("source", {"base_url": NOWHERE, "token": "3pl_nobodys", "poll": "1m"})
    return source + "\n".join(store.section for store in stores)


def names(count: int) -> list[tuple[str, str]]:
    """So many SKUs, and what each is called."""
    every = list(product(KINDS, COLOURS, SIZES))
    return [
        (f"SKU-{n:06d}", f"{kind} No. {n // len(every)}, {colour}, {size}")
        for n in range(count)
        for kind, colour, size in [every[n % len(every)]]
    ]


def fill(context: SyncContext, stores: Sequence[LocalStore], skus: int, *, apart: bool = False) -> None:
    """The warehouse has so many SKUs, and every store sells each of them and shows what it should; apart: each sells as
    many that no other sells. Of every tenth two were shipped lately, and a few are in quarantine."""
    context.state.ensure_whole()
    named, now = names(skus * len(stores) if apart else skus), context.now()
    sells = [named[n * skus : (n + 1) * skus] if apart else named for n in range(len(stores))]
    for some in chunks(named, CHUNK):
        context.state.commit(pulled(some, now))
    for shop, own in zip(stores, sells, strict=True):
        for some in chunks(own, CHUNK):
            context.state.commit(sold(context, shop, some, now))
        context.state.commit(settled(context, shop, own, now))
    change = Change()
    for number, (sku, _) in enumerate(named[::10]):
        shop = stores[number * 10 // skus if apart else number % len(stores)]
        change.put(keys.LEDGER, sku, pack.ledger(shipped(shop, sku, now)))
    pull = PullRecord(now, now, skus, 3, skus // 49 + 1, now.isoformat())
    change.note_source(pull=pull, full_at=now, tried=now, size=50)
    context.state.commit(change)
    for number in range(keys.KEPT_RUNS):
        run, store = f"{number:012x}", stores[number % len(stores)].name
        note_run(context, run, now, Cycle(run, Pulled(3, 3, 1), {store: Pushed(due=3, applied=3, requests=2)}))


def pulled(some: Named, now: datetime) -> Change:
    change = Change()
    for sku, title in some:
        change.put_level(Level(sku, sku, {PLACE: ON_HAND}, now - timedelta(days=1), name=title))
        change.put_products(sku, [sku])
    return change


def sold(context: SyncContext, shop: LocalStore, some: Named, now: datetime) -> Change:
    """What a store sells of some SKUs, what it shows, and that it was written."""
    change, rules = Change(), context.rules(shop.name)
    for sku, title in some:
        key = stock_key(shop, sku)
        change.put_listing(shop.name, key.ref, Listing(key.ref, sku, title))
        change.put_named(shop.name, normalized_sku(sku, rules.match), [key.ref])
        shown = StoreStock(
            ON_HAND, 0, ON_HAND, stocked=True, at=now, last_target=ON_HAND, basis={sku: TargetBasis(ON_HAND, 0)}
        )
        change.put_store_stock(shop.name, key.ref, {key.location: shown})
        change.notes.append((sku, written(key, now)))
    return change


def written(key: StockKey, now: datetime) -> dict[str, object]:
    """A note of one write, which is hardly like another."""
    when, run, units = (
        now - timedelta(seconds=CHANCE.random() * WEEK),
        f"{CHANCE.getrandbits(48):012x}",
        CHANCE.random(),
    )
    said = {"store": key.store, "ref": key.ref, "location": key.location, "run": run, "when": pack.ms(when)}
    return {"what": "write", **said, "from": int(50 * units), "to": ON_HAND, "target": ON_HAND}


def settled(context: SyncContext, shop: LocalStore, named: Named, now: datetime) -> Change:
    """What is known of a store as a whole that was read just now, and what it refuses."""
    change, count = Change(), len(named)
    change.note_store(
        shop.name, mapped_at=now, refreshed_at=now, listings_since=now, rules_seen=fingerprint(context, shop.name),
        read_at=now, reconciled_at=now, orders_since=now, units=count * ON_HAND, stock_keys=count,
    )  # fmt: skip
    noted = pack.dumps({"why": "The product was archived", "at": pack.ms(now), "run": "0" * 12})
    for sku, _ in named[:100:20]:
        change.put(keys.of_store(shop.name, "quarantine"), pack.stock_key(stock_key(shop, sku)), noted)
    return change


def stock_key(shop: LocalStore, sku: str) -> StockKey:
    ref = f"{shop.name.removeprefix('store')}{sku.removeprefix('SKU-')}"
    return StockKey(shop.name, ref, next(iter(shop.places.values()), ""))


def shipped(shop: LocalStore, sku: str, now: datetime) -> Ledger:
    """A shipment that the warehouse has counted, and one that it has not."""
    key, counted = stock_key(shop, sku), (LevelDecrease(PLACE, 1, now - timedelta(hours=20)),)
    left = ((now - timedelta(days=1), counted), (now - timedelta(hours=1), ()))
    return Ledger(
        tuple(
            Shipment(shop.name, key.ref, f"{n}-{sku}", key.location, 1, at, at, None, by)
            for n, (at, by) in enumerate(left)
        )
    )


def words(some: Named) -> Iterator[str]:
    """What people type when they know a part of the name."""
    return (title.split(",")[0].lower() for _, title in some)
