"""What the state knows, as Prometheus reads it: for `stockbridge metrics` and `/metrics`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from bridge.alerts import due_marks, load_memory
from bridge.core.breaker import BreakerKind, CircuitBreaker
from bridge.core.drift import Cause
from bridge.ops.health import source_state, store_state
from bridge.state import keys
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.tills import silent_codes

PREFIX = "stockbridge_"
CAUSES = {cause: cause.name.lower() for cause in Cause}
KINDS = get_args(BreakerKind)


@dataclass
class Family:
    """One metric. rows: (labels, value)."""

    name: str
    kind: str
    about: str
    rows: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> None:
        """None: not known, and then nothing is said."""
        if value is not None:
            self.rows.append((labels, value))

    def text(self) -> str:
        """Nothing for a metric of which nothing is known."""
        if not self.rows:
            return ""
        name = PREFIX + self.name
        about = self.about.replace("\\", r"\\").replace("\n", r"\n")
        lines = []
        for labels, value in self.rows:
            escaped = {x: y.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for x, y in labels.items()}
            pairs = ",".join(f'{x}="{y}"' for x, y in escaped.items())
            lines.append(f"{name}{f'{{{pairs}}}' if pairs else ''} {value:.15g}\n")
        return "".join([f"# HELP {name} {about}\n# TYPE {name} {self.kind}\n", *lines])


def exposition(context: SyncContext) -> str:
    """Every metric, in the text format 0.0.4. Neither the warehouse nor a store is asked."""
    return "".join(family.text() for family in families(context))


def families(context: SyncContext) -> Iterator[Family]:
    """Returns every metric there is, of what the state knows now."""
    now = context.now()
    yield from _of_edges(context, now)
    seen = context.state.last_seen()
    for part, about in ((keys.WORKER, "a worker last took a look"), (keys.BEAT, "beat last looked")):
        looked = Family(f"{part}_age_seconds", "gauge", f"Since {about}.")
        looked.add(_age(seen.get(part), now))
        yield looked
    yield from _of_listings(context)
    yield from _of_tills(context, now)
    yield from _of_webhooks(context, now)
    yield from _of_counters(context.state)
    memory = load_memory(context.state)
    waits = Family("oldest_due_seconds", "gauge", "How long, at least, the oldest of what could be sent waits.")
    for store, mark in due_marks(context, memory.marks).items():
        if mark == memory.marks.get(store):  # else it is as new as this look
            waits.add(_age(mark.since, now), store=store)
    yield waits
    count = Family("alerts_open", "gauge", "Alerts that are open.")
    count.add(len(memory.open))
    yield count


def _of_edges(context: SyncContext, now: datetime) -> Iterable[Family]:
    """How old what was read of the warehouse and of each store is, and which kind of circuit breaker is open."""
    source, left = source_state(context), context.state.source_record().budget
    source_age = Family("source_age_seconds", "gauge", "Since the last pull that ended well began.")
    source_age.add(_age(source.pulled_at, now))
    source_breaker = Family("source_trouble", "gauge", "1 for the kind of the warehouse API's open circuit breaker.")
    _add_kinds(source_breaker, source.breaker)
    remaining = Family(
        "source_budget_remaining", "gauge", "Requests left of the warehouse API's budget, as last heard."
    )
    remaining.add(left.remaining if left else None)
    limit = Family("source_budget_limit", "gauge", "Requests of the warehouse API's budget in one window.")
    limit.add(left.limit if left else None)
    age = Family("store_age_seconds", "gauge", "Since the last reading of the store that ended well began.")
    breaker = Family("store_trouble", "gauge", "1 for the kind of the store's open circuit breaker.")
    paused = Family("store_paused", "gauge", "1 while nothing is written to the store on purpose.")
    shadow = Family("store_shadow", "gauge", "1 while the store is in shadow mode: nothing is written to it.")
    freezes = Family("store_freezes", "gauge", "1 while the store, unread, keeps what it shares from being increased.")
    for state in (store_state(context, store) for store in context.stores):
        age.add(_age(state.read_at, now), store=state.store)
        _add_kinds(breaker, state.breaker, store=state.store)
        paused.add(state.paused, store=state.store)
        shadow.add(state.shadow, store=state.store)
        freezes.add(state.freezes, store=state.store)
    return source_age, source_breaker, remaining, limit, age, breaker, paused, shadow, freezes


def _add_kinds(family: Family, breaker: CircuitBreaker | None, **labels: str) -> None:
    for kind in KINDS:
        family.add(breaker is not None and breaker.kind == kind, **labels, kind=kind)


def _of_listings(context: SyncContext) -> Iterable[Family]:
    counts = {
        "mapped": Family("listings", "gauge", "Listings known."),
        "due": Family("due", "gauge", "Listings whose target may differ from what the store shows."),
        "held": Family("held", "gauge", "Falls that wait for a person or were rejected."),
        "quarantined": Family("quarantine", "gauge", "Items the store refuses."),
    }
    drift = Family("drift", "gauge", "Places that show something nobody explains, and are not put right yet.")
    back = Family("read_back_total", "counter", "Writes that were read back as a sample.")
    false = Family("not_applied_total", "counter", "Writes that were claimed and not applied, of those read back.")
    for store in context.stores:
        known = context.state.counts(store)
        for what, family in counts.items():
            family.add(known[what], store=store)
        causes = Counter(d.cause for d in context.state.drifts(store).values() if d.is_open)
        for cause, name in CAUSES.items():
            drift.add(causes[cause], store=store, cause=name)
        record = context.state.store_record(store)
        back.add(record.read_back, store=store)
        false.add(record.not_applied, store=store)
    return *counts.values(), drift, back, false


def _of_tills(context: SyncContext, now: datetime) -> Iterable[Family]:
    age = Family("till_age_seconds", "gauge", "Since the till last reported anything for this store code.")
    silent = Family("till_silent", "gauge", "1 while the till has reported nothing for this store code for too long.")
    unknown = Family("till_unknown", "gauge", "Products that the till reported and its items file does not list.")
    for name, till in context.settings.inbound.items():
        heard, gone = context.state.heard(name), silent_codes(context, name)
        for code in sorted(till.stores):
            age.add(_age(heard.get(code), now), till=name, code=code)
            silent.add(code in gone, till=name, code=code)
        unknown.add(context.state.count_unknown(name), till=name)
    return age, silent, unknown


def _of_webhooks(context: SyncContext, now: datetime) -> Iterable[Family]:
    """A topic that falls silent shows as an age that grows."""
    age = Family("webhook_age_seconds", "gauge", "Since the store last delivered anything of this topic.")
    active = Family("webhooks_active", "gauge", "Topics that the store delivers, where webhooks are registered.")
    for store, record in context.state.store_records(context.stores, "webhooks").items():
        for topic, at in sorted(context.state.topics(store).items()):
            age.add(_age(at, now), store=store, topic=topic)
        active.add(record.webhooks.active if record.webhooks else None, store=store)
    return age, active


def _of_counters(state: State) -> Iterable[Family]:
    """By their names in the state: WHAT|OF|HOW."""
    calls = Family("calls_total", "counter", "Requests sent, by how they ended: an HTTP status, or none.")
    items = Family("items_total", "counter", "What became of the items that were sent.")
    reports = Family("till_reports_total", "counter", "Reports of tills, by what became of them: taken or refused.")
    webhooks = Family("webhooks_total", "counter", "Deliveries of webhooks, by what became of them.")
    failures = Family("failures_total", "counter", "Work of a worker that ended with an error nobody expects.")
    for name, amount in sorted(state.counters().items()):
        what, of, how = name.split("|", 2)
        if what == "calls":
            calls.add(amount, side=of, status=how)
        elif what == "items":
            items.add(amount, store=of, result=how)
        elif what == "reports":
            reports.add(amount, till=of, result=how)
        elif what == "webhooks":
            webhooks.add(amount, store=of, verdict=how)
        elif what == "failures":
            failures.add(amount, work=of, error=how)
    return calls, items, reports, webhooks, failures


def _age(then: datetime | None, now: datetime) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())
