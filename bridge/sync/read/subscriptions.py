"""Whether a store still has the webhooks that a person had registered: looked at as often as its listings are."""

from bridge.core.subscriptions import Registered, missing
from bridge.errors import ConfigError
from bridge.state.change import Change
from bridge.state.records import StoreRecord
from bridge.sync.session import REFRESH_EVERY, StoreSession
from bridge.sync.webhook_address import address_of
from connectors.base import OperatorStoreError, RetryableStoreError
from connectors.skills import ReceivesWebhooks
from connectors.values import replace


def check_webhooks(session: StoreSession) -> None:
    """Put back what the store has dropped, disabled or delivers elsewhere. What keeps us from it is noted for people,
    and the session goes on: the poll needs no webhooks."""
    context, store = session.context, session.store
    known = session.before.webhooks
    if known is None or context.now() - known.checked_at < REFRESH_EVERY:
        return
    found = replace(known, checked_at=context.now(), error=None)
    try:
        found = _put_back(session, found)
    except RetryableStoreError:
        found = replace(found, error=known.error)  # nobody knows; it is looked at again
    except (OperatorStoreError, ConfigError) as fault:
        found = replace(found, error=str(fault).rstrip("."))
    if found.restored_at != known.restored_at:
        context.emit("webhooks put back", store=store, count=found.restored)

    def noted(now: StoreRecord) -> dict[str, object]:
        return {"webhooks": found} if now.webhooks == known else {}  # a person may have removed them meanwhile

    context.state.update_store(store, noted, Change(), session.lease)


def _put_back(session: StoreSession, known: Registered) -> Registered:
    """Raises StoreError, ConfigError."""
    address, connector = address_of(session.context.settings, session.store), session.connector
    if not isinstance(connector, ReceivesWebhooks):
        raise ConfigError("its connector receives none any more; `stockbridge webhooks STORE --remove` ends this")
    gone, kept = missing(connector.webhooks(), connector.topics, address), len(connector.topics)
    if not gone:
        return replace(known, address=address, active=kept)
    left = missing(connector.register_webhooks(address), connector.topics, address)
    active, restored = kept - len(left), len(set(gone) - set(left))
    now = session.context.now() if restored else known.restored_at
    found = replace(known, address=address, active=active, restored=restored or known.restored, restored_at=now)
    return replace(found, error=f"the store does not take {', '.join(left)}" if left else None)
