"""The only place that knows which parts are real."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from bridge import alerts, log
from bridge.config import Settings
from bridge.config.source import OAuthSettings
from bridge.core.schedule import RateStatus
from bridge.state.clock import SharedClock
from bridge.state.connect import CONNECTIONS, StateClient, connect
from bridge.state.store import State
from bridge.sync.context import SyncContext
from bridge.sync.identity import signs_of
from connectors import registry
from connectors.base import Capabilities, Sender, StoreConnector

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient
    from bridge.threeplguys.granted import GrantedTokens


def now() -> datetime:
    """What this machine alone thinks it is; instants that others see come from `SyncContext.now`."""
    return datetime.now(UTC)


GARBAGE = 10_000
"""A step holds thousands of small values until it is done; by Python's own threshold of 700 the collector would look
through all of them again and again, for a tenth of a full sync's CPU."""


def build(
    settings: Settings, redis_url: str, *, emit: Callable[..., None] = log.emit, retry_seconds: float = 60.0,
    grant_url: str | None = None, connections: int = CONNECTIONS,
) -> SyncContext:  # fmt: skip
    """A context on real edges. redis_url: the configured server, or the embedded one's. emit: see SyncContext.
    grant_url: where the OAuth grant is, if that is another Redis. connections: to Redis, at most."""

    def open_source(send: Sender, observe: Callable[[RateStatus], None]) -> "SourceClient":
        from bridge.threeplguys.client import SourceClient  # noqa: PLC0415  (most commands ask nobody)

        token = settings.source.credential if grant is None else grant()
        return SourceClient(settings.source.base_url, token, observe=observe, send=send)

    def open_store(store: str, send: Sender) -> StoreConnector:
        chosen = settings.stores[store]
        places = sorted(set(chosen.rules.locations.values()))
        return registry.load_connector(chosen.connector).open(chosen.options, locations=places, send=send)

    @cache  # finding a connector searches the installed packages
    def capabilities(store: str) -> Capabilities:
        return registry.load_connector(settings.stores[store].connector).capabilities

    gc.set_threshold(GARBAGE)
    db = connect(redis_url, connections)
    state, clock = state_of(settings, db), SharedClock(db)
    kept = state if grant_url is None else State(connect(grant_url), ())
    grant = None if settings.source.oauth is None else cache(partial(_grant_of, settings.source.oauth, kept, clock))
    return SyncContext(
        settings=settings, state=state, open_source=open_source, open_store=open_store, capabilities=capabilities,
        now=clock, wait=time.sleep, emit=emit, retry_seconds=retry_seconds, grant=grant,
    )  # fmt: skip


def import_connectors(context: SyncContext) -> None:
    """Import what speaks to the stores, which the first session would. Before a worker forks its children, so that they
    share the memory that it takes."""
    for store in {chosen.connector: name for name, chosen in context.settings.stores.items()}.values():
        with suppress(Exception):  # each session tells what is wrong with its store
            context.open_store(store, lambda ask: ask()).close()


def _grant_of(oauth: OAuthSettings, state: State, now: Callable[[], datetime]) -> "GrantedTokens":
    """The grant of an OAuth client, as processes share it."""
    from bridge.state.grant import GrantStore  # noqa: PLC0415  (only with [source.oauth], and then not by most commands)
    from bridge.threeplguys.granted import GrantedTokens  # noqa: PLC0415
    from bridge.threeplguys.token_endpoint import TokenEndpoint  # noqa: PLC0415

    store = GrantStore(state, oauth.client_id, oauth.client_secret)
    return GrantedTokens(TokenEndpoint(oauth, now), store, state, now)


def state_of(settings: Settings, db: StateClient) -> State:
    return State(db, tuple(settings.stores), signs_of(settings), tuple(settings.inbound))


def channels(settings: Settings) -> dict[str, alerts.Channel]:
    """Every way to reach people that the configuration names, by the name of its key."""
    from bridge.alerts.command import Command  # noqa: PLC0415  (only whoever tells people needs HTTP and mail)
    from bridge.alerts.mail import Mail  # noqa: PLC0415
    from bridge.alerts.webhook import Webhook  # noqa: PLC0415

    chosen = settings.alerts
    found: dict[str, alerts.Channel] = {}
    if chosen.webhook is not None:
        found["webhook"] = Webhook(chosen.webhook)
    if chosen.email is not None:
        found["email"] = Mail(chosen.email)
    if chosen.command is not None:
        found["command"] = Command(chosen.command)
    if chosen.urls is not None:
        from bridge.alerts.urls import Service  # noqa: PLC0415  (an extra)

        found |= {name: Service(name, url) for name, url in chosen.services.items()}
    return found


def unknown_services(settings: Settings) -> tuple[str, ...]:
    """A sentence for each address of `[alerts] urls` that no message could be sent to."""
    if not settings.alerts.services:
        return ()
    from bridge.alerts.urls import is_known  # noqa: PLC0415  (an extra)

    strange = (name for name, url in settings.alerts.services.items() if not is_known(url))
    return tuple(f"alerts.{name}: is no address that apprise knows; see its list of services" for name in strange)
