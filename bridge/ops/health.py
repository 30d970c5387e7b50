"""From state to how the source and the stores are: the facts that `status`, the metrics and the alerts judge."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bridge.core.absence import is_left_out
from bridge.core.health import Health, HealthLimits, SourceState, StoreState, findings, verdict
from bridge.core.model import Skip
from bridge.ops import drift_report, warehouse_health
from bridge.ops.unbacked import orphans, rejected
from bridge.state.snapshot import Snapshot
from bridge.sync import in_flight, tills, warehouses
from bridge.sync.context import SyncContext
from bridge.sync.inputs import resolve_all
from bridge.sync.read import unapplied
from bridge.sync.read.unreadable import sentence_of, unreadable_of
from bridge.sync.session import is_paused
from bridge.sync.timetable import counts_since, source_facts
from connectors.base import Status
from connectors.values import replace

SHORTEST_LATE = timedelta(minutes=2)


def health_of(context: SyncContext, stores: Iterable[str]) -> Health:
    """How the source and some stores are at this moment: what the light and the exit codes follow from."""
    stores, snapshot = list(stores), Snapshot.of(context.state)
    snapshot.look_at(stores)
    context = replace(context, state=snapshot)
    return judge(context, [store_state(context, store) for store in stores])


def judge(context: SyncContext, states: Sequence[StoreState]) -> Health:
    """The same, of stores whose state was asked for already."""
    return judge_with_findings(context, states)[0]


def judge_with_findings(context: SyncContext, states: Sequence[StoreState]) -> tuple[Health, list[Health]]:
    """The same, and each thing that is not well, the worst first."""
    source, now, refusal = source_state(context), context.now(), context.state.refusal_of_writes()
    found = findings(source, states, now=now, limits=limits(context), refusal=refusal)
    return verdict(found, source, states, now), found


def source_state(context: SyncContext) -> SourceState:
    record = context.state.source_record()
    return SourceState(
        record.pull.began if record.pull else None,
        record.breaker,
        disbelieved=warehouse_health.disbelieved(context),
        duplicate_skus=warehouse_health.duplicate_skus(context),
        unknown_warehouses=warehouses.sentences(context),
        unfinished=warehouse_health.unfinished(context) if warehouse_health.delays_numbers(context) else None,
        tills=tills.sentences(context),
    )


def store_state(context: SyncContext, store: str) -> StoreState:
    record, held = context.state.store_record(store), context.state.held(store)
    read_at, other_writer = record.read_at, drift_report.report(context, store)[1]
    kept, lost = rejected(context, store, held), orphans(context, store)
    counts = context.state.counts(store)
    false, always = unapplied.count(record, context.now())
    readable = context.capabilities(store).readable
    stale = readable and (read_at is None or read_at < counts_since(context))
    return StoreState(
        store,
        read_at,
        record.breaker,
        waiting=sum(hold.decision is None for hold in held.values()),
        paused=is_paused(context, store),
        shadow=context.rules(store).shadow,
        other_writer=other_writer.sentence(store) if other_writer else None,
        freezes=stale and len(context.stores) > 1,
        due=counts["due"]
        - len(
            context.state.due_now(store, sorted({key.ref for key, hold in held.items() if hold.decision != "release"}))
        ),
        in_flight=len(in_flight.by_ref(context, store)),
        quarantined=counts["quarantined"],
        unreadable=[sentence_of(each) for each in unreadable_of(record)],
        lag=timedelta(seconds=record.lag),
        rejected=kept.items,
        rejected_units=kept.units,
        orphaned=len(lost),
        orphaned_units=sum(x.units for x in lost),
        not_applied=false,
        never_applied=always,
        unmet=record.refresh_requested,
        unread=unread_of(context, store),
        doubted_list=record.doubted_list.sentence if record.doubted_list else None,
        doubted_orders=record.doubted_orders.why if record.doubted_orders else None,
        near_lines=[line.phrase for line in record.unmapped_lines if line.near],
        webhooks=record.webhooks.sentence(store) if record.webhooks else None,
        restored=record.webhooks.news(store, context.now()) if record.webhooks else None,
        readable=readable,
    )


def limits(context: SyncContext) -> HealthLimits:
    """After how many missed polls numbers are late, and failing."""
    late = max(3 * source_facts(context).interval, SHORTEST_LATE)
    return HealthLimits(late, max(context.settings.ledger.stale_after, 2 * late))


def fresh_within(context: SyncContext) -> timedelta:
    """So old a pull or a reading may be; what is polled seldom on purpose is not late between two polls."""
    return max(context.settings.alerts.fresh_within, limits(context).late)


def unread_of(context: SyncContext, store: str) -> list[str]:
    """The SKUs of listings that wait to be read for the first time and are then ours to write."""
    if not context.capabilities(store).readable:
        return []
    rules, marks = context.rules(store), sorted(context.state.to_reread(store))
    never = set(marks) - set(context.state.store_stock(store, marks))
    listings = context.state.listings(store, sorted(never))
    ours = [x for x in listings.values() if x.status in (Status.LIVE, Status.DRAFT) and not is_left_out(x, rules)]
    parts = resolve_all(context, rules, ours)
    return sorted(x.sku for x in ours if not isinstance(parts[x.ref], Skip))
