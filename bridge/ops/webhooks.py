"""A store's webhooks: what it has, registering and removing them, and what they delivered: rows of JSON."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bridge.core.subscriptions import Registered, missing
from bridge.errors import ConfigError
from bridge.ops import words
from bridge.ops.steer import record_decision
from bridge.state import pack
from bridge.state.change import Change
from bridge.state.deliveries import of_counters
from bridge.sync.context import SyncContext
from bridge.sync.webhook_address import address_of
from bridge.transport.retry import RetryPolicy
from connectors.skills import ReceivesWebhooks, SignsWebhooks, Subscription

Told = dict[str, Any]


def listed(context: SyncContext, store: str) -> Told:
    """What the store has, beside what was registered. Raises StoreError, ConfigError."""
    with _receiver(context, store) as connector:
        kept, topics = connector.webhooks(), connector.topics
    known = context.state.store_record(store, "webhooks").webhooks
    return _told(context, store, kept, missing(kept, topics, known.address) if known else [], known)


def register(context: SyncContext, store: str, by: str) -> Told:
    """Have the store deliver every topic to this server, and see to it from now on. Doing it again changes nothing.
    Raises StoreError, ConfigError."""
    address = address_of(context.settings, store)
    context.state.ensure_whole()
    with _receiver(context, store) as connector:
        kept, topics = connector.register_webhooks(address), connector.topics
    lacks, now, change = missing(kept, topics, address), context.now(), Change()
    known = Registered(address, by, now, now, active=len(topics) - len(lacks))
    change.note_store(store, webhooks=known)
    record_decision(context, change, store, "webhooks-register", by)
    context.state.commit(change)
    return _told(context, store, kept, lacks, known)


def remove(context: SyncContext, store: str, by: str) -> Told:
    """Have the store deliver nothing any more, and look after it no longer. Raises StoreError, ConfigError."""
    context.state.ensure_whole()
    with _receiver(context, store) as connector:
        count, kept = connector.remove_webhooks(), connector.webhooks()
    change = Change()
    change.note_store(store, webhooks=None)
    record_decision(context, change, store, "webhooks-remove", by)
    context.state.commit(change)
    return _told(context, store, kept, [], None) | {"removed": count}


@contextmanager
def _receiver(context: SyncContext, store: str) -> Iterator[ReceivesWebhooks]:
    """Raises ConfigError for a store whose platform delivers none, or whose deliveries nobody could tell from forged
    ones."""
    options = context.settings.stores[store]
    connector = context.open_store(store, RetryPolicy(context.wait, lambda: None, context.retry_seconds))
    try:
        if not isinstance(connector, ReceivesWebhooks) or not isinstance(options.options, SignsWebhooks):
            raise ConfigError(f"{store}: {options.connector} delivers no webhooks; the store is polled, as before.")
        yield connector
    finally:
        connector.close()


def _told(
    context: SyncContext, store: str, kept: Sequence[Subscription], lacks: Sequence[str], known: Registered | None
) -> Told:
    rows = [
        {"id": x.id, "topic": x.topic, "address": x.address, "active": x.is_active, "why": x.why}
        for x in sorted(kept, key=lambda x: (x.topic, x.id))
    ]
    return {**(state_of(context, store, known) or {"address": None}), "webhooks": rows, "missing": [*lacks]}


def state_of(context: SyncContext, store: str, known: Registered | None) -> Told | None:
    """What is known of a store's webhooks without asking it; None: nobody had them registered."""
    if known is None:
        return None
    topics = {topic: words.iso(at) for topic, at in sorted(context.state.topics(store).items())}
    return {
        "address": known.address, "since": words.iso(known.since), "by": known.by, "active": known.active,
        "checked_at": words.iso(known.checked_at), "restored": known.restored if known.restored_at else 0,
        "restored_at": words.iso(known.restored_at), "error": known.error, "topics": topics,
    }  # fmt: skip


def deliveries(context: SyncContext, store: str) -> list[Told]:
    """What was delivered, newest first, as far as it is kept."""
    return [
        {"at": words.iso(pack.at(x.at)), "topic": x.topic, "id": x.id, "about": x.about, "verdict": x.verdict,
         "late_seconds": x.late}
        for x in context.state.deliveries(store)
    ]  # fmt: skip


def counted(context: SyncContext, store: str) -> dict[str, int]:
    """Verdict → how many deliveries had it since the state began, also those that are not listed any more."""
    return of_counters(context.state.counters(), store)
