"""What every step of a cycle is given: configuration, state, the two edges, time and an event hook."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.config import Settings
from bridge.core.guard import GuardLimits
from bridge.core.match import names_of
from bridge.core.model import StoreRules, Windows
from bridge.core.schedule import RateStatus
from bridge.core.sku import carton_of, carton_sku
from bridge.errors import LeaseLostError, StateError
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.store import State
from bridge.transport.heartbeat import Heartbeat
from bridge.transport.rate_budget import RateBudget
from bridge.transport.retry import RetryPolicy
from connectors.base import Capabilities, Sender, StoreConnector
from connectors.skills import PersistsState
from connectors.values import replace

if TYPE_CHECKING:
    from bridge.threeplguys import Tries
    from bridge.threeplguys.client import SourceClient
    from bridge.threeplguys.granted import GrantedTokens

OpenSource = Callable[[Sender, Callable[[RateStatus], None]], "SourceClient"]
OpenStore = Callable[[str, Sender], StoreConnector]

SOON = 3.0
"""Seconds after which a page of the warehouse that is answered and broken, three or four times by then, is looked into:
one row may break it."""


@dataclass(frozen=True)
class SyncContext:
    """open_source, open_store: build the real edge, or a sandbox. now: aware UTC. wait: seconds to pause.

    heartbeat: beats with every request, so that others can tell whether somebody waits here.
    emit: called with (event, facts) at every step worth showing; never with a secret. grant: the OAuth grant of the
    source; None: it has a token of its own.
    """

    settings: Settings
    state: State
    open_source: OpenSource
    open_store: OpenStore
    capabilities: Callable[[str], Capabilities]
    now: Callable[[], datetime]
    wait: Callable[[float], object]
    emit: Callable[..., None]
    retry_seconds: float = 60.0
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    grant: "Callable[[], GrantedTokens] | None" = None
    _packed: dict[str, tuple[str, StoreRules]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def windows(self) -> Windows:
        ledger = self.settings.ledger
        return Windows(ledger.match_window, ledger.release_after, frozenset(self.settings.shelves))

    @property
    def limits(self) -> GuardLimits:
        return GuardLimits(self.settings.guard.max_zeroed, self.settings.guard.max_cut)

    @property
    def stores(self) -> tuple[str, ...]:
        return tuple(self.settings.stores)

    @property
    def sells_cartons(self) -> bool:
        return any(store.rules.cartons for store in self.settings.stores.values())

    def rules(self, store: str) -> StoreRules:
        """What the merchant decided for a store, and what its cartons hold, as far as the source has told."""
        rules = self.settings.stores[store].rules
        version = self.state.packing() if rules.cartons else None
        if version is None:
            return rules
        if (known := self._packed.get(store)) is not None and known[0] == version:
            return known[1]
        levels = self.state.levels([carton_sku(carton) for carton in sorted(set(rules.cartons.values()))])
        packings = {carton_of(name) or "": level.packing for name, level in levels.items()}
        contents = {carton: {packed.sku: packed.pieces} for carton, packed in packings.items() if packed}
        self._packed[store] = version, replace(rules, contents=contents)
        return self._packed[store][1]

    def refs_named(self, skus: Sequence[str]) -> dict[str, list[str]]:
        """Store → its listings that take pieces of some source SKUs, asked for in one round trip."""
        by_store = {store: self.rules(store) for store in self.stores}
        names = {store: {name for sku in skus for name in names_of(sku, rules)} for store, rules in by_store.items()}
        named = self.state.named_everywhere({store: sorted(found) for store, found in names.items()})
        return {store: sorted({ref for refs in found.values() for ref in refs}) for store, found in named.items()}

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease | None]:
        """Hold a lease on a state that has begun, for whoever works may be the first. None: somebody else holds it."""
        self.state.ensure_whole()
        with self.state.leased(name) as lease:
            yield lease

    @contextmanager
    def connector(self, store: str, lease: Lease) -> Iterator[tuple[StoreConnector, RetryPolicy]]:
        """A connector whose every request renews the lease first, and which knows what the session before learned."""
        sender = RetryPolicy(self.wait, lease.renew, self.retry_seconds, heartbeat=self.heartbeat)
        connector = self.open_store(store, sender)
        if isinstance(connector, PersistsState):
            connector.load_state(self.state.store_record(store, "connector_state").connector_state)
        try:
            yield connector, sender
        finally:
            connector.close()
            self._count(store, sender)
            if isinstance(connector, PersistsState) and (state := connector.dump_state()):
                change = Change()
                change.note_store(store, connector_state=state)
                with suppress(StateError, LeaseLostError):  # as below; and what another worker learned since is newer
                    self.state.commit(change, lease)

    def _count(self, side: str, sender: RetryPolicy) -> None:
        with suppress(StateError):  # nothing rests on it, and it must not hide why the session ended
            self.state.count({f"calls|{side}|{status}": n for status, n in sender.calls.items()})

    @contextmanager
    def source(self, lease: Lease | None, *, spare: bool = False) -> Iterator["SourceSession"]:
        """The warehouse API, within the budget that all workers share through the state. lease: None for who keeps
        nobody else out. spare: whatever the client is asked for leaves the polls their part of it."""
        rate_budget = RateBudget(self.settings.source, self.state, lease, self.now)
        sender = RetryPolicy(
            self.wait, rate_budget.before, self.retry_seconds, heartbeat=self.heartbeat, after=rate_budget.after
        )
        long = replace(sender, before=rate_budget.before_long)
        client = self.open_source(long if spare else sender, rate_budget.heard)
        try:
            yield SourceSession(client, sender, long, rate_budget)
        finally:
            client.close()
            with suppress(StateError):  # as below
                rate_budget.close()
            self._count("source", sender)


@dataclass(frozen=True)
class SourceSession:
    """client: asks through `sender`, which may use the whole budget. long: the sender of a long pull, which leaves some
    of it; both count together."""

    client: "SourceClient"
    sender: RetryPolicy
    long: RetryPolicy
    rate_budget: RateBudget

    def tries(self, rest: RetryPolicy) -> "Tries":
        """For the pages of a list. rest: one of the two senders above, for all but the first page of changes."""
        from bridge.threeplguys import Tries  # noqa: PLC0415  (most commands ask nobody)

        return Tries(
            first=replace(self.sender, soon=SOON), rest=replace(rest, soon=SOON), once=replace(rest, seconds=0.0),
            retrying=self.sender,
        )  # fmt: skip
