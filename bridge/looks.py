"""A look at what is due, which beat takes each second, and a tick in a worker now and then."""

from collections.abc import Iterator
from datetime import timedelta

from bridge.alerts import EVERY
from bridge.core.catalogue import catalogue_is_due
from bridge.core.schedule import pull_is_due, stores_due
from bridge.state import keys
from bridge.sync.catalogue import facts_of as catalogue_facts
from bridge.sync.context import SyncContext
from bridge.sync.timetable import source_facts, store_facts

GRANT_LOOK = 3600.0
"""Seconds between two looks at an OAuth grant that may be idle."""


PROOF_OF_LIFE = timedelta(seconds=30)
"""A worker is seen at work at least so often."""


def due(it: SyncContext) -> Iterator[tuple[str, str]]:
    """("push", store), ("pull", "") and ("catalogue", ""), as far as each is due by what the state says: first what a
    webhook told of, for somebody may be buying the same elsewhere."""
    record, now = it.state.source_record(), it.now()
    source = source_facts(it, record)
    # Nothing can be said of a store before the first pull, which sessions them all.
    stores = {} if source.pulled_at is None else store_facts(it)
    asked = [*stores_due(stores, source, now)]
    yield from (("push", store) for store in asked if stores[store].hinted)
    if pull_is_due(source, now):
        yield "pull", ""
    if catalogue_is_due(catalogue_facts(record), now):
        yield "catalogue", ""
    yield from (("push", store) for store in asked if not stores[store].hinted)


def intervals(it: SyncContext) -> dict[str, float]:
    """What is done once in so many seconds, whatever moved."""
    found = {"alert": EVERY} if it.settings.alerts.channels else {}
    return found | ({} if it.grant is None else {"grant": GRANT_LOOK})


def needs_tick(it: SyncContext) -> bool:
    """Whether a worker should show that it is there, or see to a state that is not whole, of which nobody may believe
    anything before. Writes nothing."""
    seen = it.state.last_seen().get(keys.WORKER)
    return seen is None or abs(it.now() - seen) >= PROOF_OF_LIFE or not it.state.is_whole()
