"""Facts about the last pull and the last readings → green, late or failing, with one sentence.

green    numbers flow; nobody needs to look
late     they do not flow as they should, and may again by themselves, or some wait for a person
failing  they stand still: for too long, or until a person acts
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from bridge.core.breaker import CircuitBreaker
from bridge.core.text import few
from connectors.values import replace


class Light(IntEnum):
    """The greater, the worse."""

    GREEN = 0
    LATE = 1
    FAILING = 2

    @property
    def word(self) -> str:
        return self.name.lower()


UNVERIFIED = "it shows what it last accepted, which cannot be verified"  # of a store that cannot be read
FROZEN = "increases of the stock it shares wait in every store until it can be read; decreases go on"

NO_CACHE = "have its host leave the shop's API out of it; nothing is increased meanwhile"


@dataclass(frozen=True, slots=True)
class SourceState:
    """pulled_at: when the last pull that ended well began. disbelieved: a phrase for each row that cannot be right and
    whose SKU a listing sells, or whose SKU nobody knows. duplicate_skus: the same for each SKU that two live products
    have. unknown_warehouses: a sentence for each store whose rules name warehouses that the source does not know.
    unfinished: how far a pull is that does not fit its budget, where numbers wait for it. tills: a sentence for each
    till that fell silent, or whose shelf cannot count."""

    pulled_at: datetime | None
    breaker: CircuitBreaker | None = None
    disbelieved: Sequence[str] = ()
    duplicate_skus: Sequence[str] = ()
    unknown_warehouses: Sequence[str] = ()
    unfinished: str | None = None
    tills: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoreState:
    """read_at: when the last reading that ended well began. readable: False where no call tells what it shows. waiting:
    held falls nobody has decided on. paused, shadow: nothing is written there on purpose. other_writer: a sentence
    about another program that writes its stock. freezes: it could not be read for so long that what it shares is not
    raised in any store. due: listings that wait to be sent, held ones apart. in_flight: listings whose last write was
    not answered. quarantined: stock keys that the store refuses. rejected, rejected_units: stock keys that go on
    offering units which the warehouse does not have, because a person rejected their lowering, and how many units.
    orphaned, orphaned_units: listings that had a number of ours, lost their map and go on selling, and their units.
    doubted_list: why its list is not believed. doubted_orders: why it is not believed that open orders are gone.
    unreadable: a sentence for each listing and order that the store cannot show. lag: how long a cache had kept the
    oldest answer of the last reading. not_applied: stock keys that the store claimed to have set within a day and did
    not show when read back. never_applied: those of them that it claimed again. unmet: it may sell a listing that
    nobody has met. unread: SKUs of listings that it lists and never showed. near_lines: a phrase for each open order
    line that maps to nothing and may be of ours. webhooks: why they cannot be put back. restored: that they were."""

    store: str
    read_at: datetime | None
    breaker: CircuitBreaker | None = None
    waiting: int = 0
    paused: bool = False
    shadow: bool = False
    other_writer: str | None = None
    freezes: bool = False
    due: int = 0
    in_flight: int = 0
    quarantined: int = 0
    rejected: int = 0
    rejected_units: int = 0
    unreadable: Sequence[str] = ()
    orphaned: int = 0
    orphaned_units: int = 0
    doubted_list: str | None = None
    doubted_orders: str | None = None
    lag: timedelta = timedelta(0)
    not_applied: int = 0
    never_applied: int = 0
    unmet: bool = False
    unread: Sequence[str] = ()
    near_lines: Sequence[str] = ()
    webhooks: str | None = None
    restored: str | None = None
    readable: bool = True

    @property
    def seen(self) -> str:
        return "read" if self.readable else "reached"

    @property
    def is_written(self) -> bool:
        return not (self.paused or self.shadow)


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """How old the last pull and the last reading may be before they are late, and failing."""

    late: timedelta
    failing: timedelta


@dataclass(frozen=True, slots=True)
class Health:
    """person: waiting will not help, somebody must look. store: of which one it is, "" for the warehouse or all."""

    light: Light
    sentence: str
    person: bool = False
    store: str = ""

    @property
    def code(self) -> int:
        """The exit code that says the same: 1 a person is needed, 75 time is, 0 all is well."""
        return 1 if self.person else 75 if self.light is not Light.GREEN else 0


def findings(
    source: SourceState, stores: Sequence[StoreState], *, now: datetime, limits: HealthLimits, refusal: str | None
) -> list[Health]:
    """All that is not well, the worst first. refusal: why the state takes no writes, and so nothing of what moves is
    seen."""
    refused = [Health(Light.LATE, refusal)] if refusal else []
    return sorted([*refused, *_findings(source, stores, now, limits)], key=lambda h: (h.light, h.person), reverse=True)


def health(
    source: SourceState, stores: Sequence[StoreState], *, now: datetime, limits: HealthLimits,
    refusal: str | None = None,
) -> Health:  # fmt: skip
    """The worst that is found, in one sentence; `person` when anything found waits for one."""
    return verdict(findings(source, stores, now=now, limits=limits, refusal=refusal), source, stores, now)


def verdict(found: Sequence[Health], source: SourceState, stores: Sequence[StoreState], now: datetime) -> Health:
    """The same of what was found already."""
    if not found:
        return Health(Light.GREEN, _well(source, stores, now))
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return Health(found[0].light, found[0].sentence + more, any(h.person for h in found))


def _findings(
    source: SourceState, stores: Sequence[StoreState], now: datetime, limits: HealthLimits
) -> Iterator[Health]:
    """Causes before what follows from them."""
    yield from _of_source(source, now, limits)
    for x in stores:
        yield from (replace(finding, store=x.store) for finding in _of_reach(x, now, limits))
    for x in stores:
        if x.is_written:
            yield from (replace(finding, store=x.store) for finding in _of_waiting(x))


def _of_reach(x: StoreState, now: datetime, limits: HealthLimits) -> Iterator[Health]:
    """Why a store is not read as it should be, or cannot be believed."""
    yield from _of_breaker(f"{x.store}: ", x.breaker)
    if not (x.breaker and x.breaker.needs_person):
        yield from _of_age(x.store, x.read_at, now, limits, seen=x.seen)
    if x.freezes:
        yield Health(Light.LATE, f"{x.store}: {FROZEN}.", person=bool(x.breaker and x.breaker.needs_person))
    cached = f"a cache answers in the shop's place, {spoken(x.lag)} old: {NO_CACHE}"
    for each in (*filter(None, [x.other_writer, x.webhooks]), *x.unreadable, *([cached] if x.lag else [])):
        yield Health(Light.LATE, f"{x.store}: {each}.", person=True)


def _of_source(source: SourceState, now: datetime, limits: HealthLimits) -> Iterator[Health]:
    yield from _of_breaker("", source.breaker)
    for sentence in (*source.unknown_warehouses, *source.tills):
        yield Health(Light.LATE, sentence, person=True)
    if source.disbelieved:
        remedy = "it is not increased before the warehouse corrects it, see `stockbridge status`"
        yield Health(Light.LATE, f"Not believed: {few(source.disbelieved)}; {remedy}.", person=True)
    if source.duplicate_skus:
        remedy = "they are not increased before one of the two is deleted in the warehouse"
        yield Health(
            Light.LATE, f"Two live products have one SKU: {few(source.duplicate_skus)}; {remedy}.", person=True
        )
    if source.unfinished:
        yield Health(Light.LATE, source.unfinished)
    elif not (source.breaker and source.breaker.needs_person):
        yield from _of_age("The warehouse", source.pulled_at, now, limits)


def _of_waiting(x: StoreState) -> Iterator[Health]:
    """What of a store is not as it should be yet, and who or what it waits for."""
    if x.waiting:
        yield Health(
            Light.LATE, f"{x.store}: {_count(x.waiting, 'lowering')} held until a person decides.", person=True
        )
    if x.quarantined:
        why = f"refused by the store; `stockbridge quarantine {x.store}` says why"
        yield Health(Light.LATE, f"{x.store}: {_count(x.quarantined, 'number')} {why}.", person=True)
    yield from _of_listings(x)
    if x.unmet:
        how = "a listing was deleted or made anew while it was written; the next cycle asks for the list again"
        yield Health(Light.LATE, f"{x.store}: {how}.")
    if x.unread:
        how = (
            f"listed and never shown when asked for ({few(x.unread)}); the next cycle asks again. Where that goes on,"
            f" see whether they are there at all, and have the list read anew: `stockbridge resync {x.store} --full`"
        )
        yield Health(Light.LATE, f"{x.store}: {_count(len(x.unread), 'listing')} {how}.")
    if x.not_applied:
        how = (
            "claimed but not applied; they are read and sent again. Where that goes on, a cache or another program is"
            f" in between: `stockbridge drift {x.store}` shows where"
        )
        yield Health(Light.LATE, f"{x.store}: {_count(x.not_applied, 'number')} {how}.", person=x.never_applied > 0)
    if x.in_flight:
        how = f"sent and not answered; they are {x.seen} again, and sent again where that is needed"
        yield Health(Light.LATE, f"{x.store}: {_count(x.in_flight, 'listing')} {how}.")
    if x.due:
        how = f"due; `stockbridge diff {x.store}` shows what waits, the next cycle sends it"
        yield Health(Light.LATE, f"{x.store}: {_count(x.due, 'listing')} {how}.")


def _of_listings(x: StoreState) -> Iterator[Health]:
    """What goes on being sold as nobody of ours would write it, and waits for a person."""
    for doubted in filter(None, (x.doubted_list, x.doubted_orders)):
        yield Health(Light.LATE, f"{x.store}: {doubted}.", person=True)
    if x.rejected:
        yield Health(Light.LATE, f"{x.store}: {rejected_sentence(x)}.", person=True)
    if x.near_lines:
        how = (
            f"correct the line's SKU, or map it under [stores.{x.store}.map]; what it may be is not increased meanwhile"
        )
        yield Health(Light.LATE, f"{x.store}: {few(x.near_lines)}: {how}.", person=True)
    if x.orphaned:
        yield Health(Light.LATE, f"{x.store}: {orphaned_sentence(x)}.", person=True)


def rejected_sentence(x: StoreState) -> str:
    """What a person's rejection leaves on offer, and how to end it."""
    return (
        f"{_count(x.rejected_units, 'unit')} on offer that the warehouse does not have: the lowering of"
        f" {x.rejected} was rejected; `stockbridge release {x.store}` lets it through"
    )


def orphaned_sentence(x: StoreState) -> str:
    """What listings that lost their map go on selling, and how to end it."""
    return (
        f"{_count(x.orphaned, 'listing')} mapped no longer, on sale with the last {x.orphaned_units} units and set by"
        f" nobody; `stockbridge unmapped {x.store}` names them: map them, set them to 0, or leave them out"
        " (`sync = false`)"
    )


def _of_breaker(where: str, breaker: CircuitBreaker | None) -> Iterator[Health]:
    if breaker is not None:
        light = Light.FAILING if breaker.needs_person else Light.LATE
        yield Health(light, where + breaker.why, person=breaker.needs_person)


def _of_age(
    what: str, last: datetime | None, now: datetime, limits: HealthLimits, *, seen: str = "read"
) -> Iterator[Health]:
    if last is None:
        yield Health(Light.LATE, f"{what} was never {seen}: run `stockbridge sync`, or start a worker and beat.")
    elif now - last > limits.failing:
        yield Health(Light.FAILING, f"{what} was last {seen} {spoken(now - last)} ago; do a worker and beat run?")
    elif now - last > limits.late:
        yield Health(Light.LATE, f"{what} was last {seen} {spoken(now - last)} ago.")


def _well(source: SourceState, stores: Sequence[StoreState], now: datetime) -> str:
    read = [x.read_at for x in stores if x.read_at and x.readable]
    blind = [x.store for x in stores if not x.readable]
    which = "every store that can be read" if blind else "every store"
    of_stores = f", {which} within the last {spoken(now - min(read, default=now))}" if read or not blind else ""
    unverified = "".join(f" {store} cannot be read: {UNVERIFIED}." for store in blind)
    paused = "".join(f" {x.store} is paused." for x in stores if x.paused)
    paused += "".join(f" {x.store} is in shadow mode: nothing is written there." for x in stores if x.shadow)
    return f"The warehouse was read {spoken(now - (source.pulled_at or now))} ago{of_stores}.{unverified}{paused}"


def _count(number: int, thing: str) -> str:
    return f"1 {thing} is" if number == 1 else f"{number} {thing}s are"


def spoken(span: timedelta) -> str:
    """A time span in the one unit a person would use: "40 seconds", "3 hours"; at least a second."""
    seconds = max(1, int(span.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
