"""From state to how the source and the stores are: the facts that `status`, the metrics and the alerts judge."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.core.health import Health, Limits, SourceState, StoreState, Trouble, health
from bridge.state import records
from bridge.state.snapshot import Snapshot
from bridge.sync import drift, flight, unapplied, warehouse_health, warehouses
from bridge.sync.shell import Shell
from bridge.sync.timetable import counts_since, source_facts
from bridge.sync.unbacked import orphans, rejected
from bridge.sync.unread import unread_of
from bridge.sync.unreadable import sentence_of, unreadable_of
from bridge.sync.visit import is_paused

SHORTEST_LATE = timedelta(minutes=2)


def health_of(shell: Shell, stores: Iterable[str]) -> Health:
    """How the source and some stores are at this moment: what the light and the exit codes follow from."""
    shell = replace(shell, state=Snapshot(shell.state))
    states = [store_state(shell, store) for store in stores]
    refusal = shell.state.refusal_of_writes()
    return health(source_state(shell), states, now=shell.now(), limits=limits(shell), refusal=refusal)


def source_state(shell: Shell) -> SourceState:
    record = shell.state.source_record()
    return SourceState(
        record.pull.began if record.pull else None,
        _trouble(record.trouble),
        disbelieved=warehouse_health.disbelieved(shell),
        twice=warehouse_health.twice(shell),
        strangers=warehouses.sentences(shell),
        unfinished=warehouse_health.unfinished(shell) if warehouse_health.delays_numbers(shell) else None,
    )


def store_state(shell: Shell, store: str) -> StoreState:
    record, held = shell.state.store_record(store), shell.state.held(store)
    read_at, rival = record.read_at, drift.report(shell, store)[1]
    kept, lost = rejected(shell, store, held), orphans(shell, store)
    false, always = unapplied.count(record, shell.now())
    return StoreState(
        store,
        read_at,
        _trouble(record.trouble),
        waiting=sum(hold.said is None for hold in held.values()),
        paused=is_paused(shell, store),
        rival=rival.sentence(store) if rival else None,
        freezes=_freezes(shell, read_at),
        due=len(shell.state.due(store).keys() - {key.ref for key in held}),
        in_flight=len(flight.by_ref(shell, store)),
        quarantined=shell.state.counts(store)["quarantined"],
        unreadable=[sentence_of(each) for each in unreadable_of(record)],
        lag=timedelta(seconds=record.lag),
        rejected=kept.items,
        rejected_units=kept.units,
        orphaned=len(lost),
        orphaned_units=sum(x.units for x in lost),
        not_applied=false,
        never_applied=always,
        unmet=record.refresh_requested,
        unread=unread_of(shell, store),
        list_trouble=record.list_trouble.why if record.list_trouble else None,
        near_lines=[line.phrase for line in record.unmapped_lines if line.near],
    )


def limits(shell: Shell) -> Limits:
    """After how many missed polls numbers are late, and failing."""
    late = max(3 * source_facts(shell).interval, SHORTEST_LATE)
    return Limits(late, max(shell.settings.ledger.stale_after, 2 * late))


def _freezes(shell: Shell, read_at: datetime | None) -> bool:
    """Whether this store keeps the others from raising what they share with it."""
    stale = read_at is None or read_at < counts_since(shell)
    return stale and len(shell.stores) > 1


def _trouble(noted: records.Trouble | None) -> Trouble | None:
    return Trouble(noted.kind, noted.why, noted.since) if noted else None
