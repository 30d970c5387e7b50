"""A store of which everything is wanted is fetched while the source is pulled, and judged after it: before the levels
are known, what it shipped has no ledger to go to (decision 0010)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from bridge.core.blocks import Packing
from bridge.errors import SourceUnreadError, StillPullingError
from bridge.sync.context import SyncContext
from bridge.sync.session import StoreSession
from connectors.base import Listing, Reading
from connectors.chunks import chunks

CHUNK = 250
RENEW, RENEWALS = 20.0, 3
"""Seconds of waiting after which a lease is renewed, and how often: others may have to lower something there."""

Told = tuple[Listing | None, Sequence[Reading]]
"""What a store shows of one listing, and the listing itself where both are told together."""

Pulling = Future[Any]
"""The pull of this cycle."""

_PACKING: Packing[Told] = Packing(Told)


def refuse_unread(context: SyncContext) -> None:
    """Raise SourceUnreadError while the source was never read whole."""
    if context.state.source_record().full_at is None:
        raise SourceUnreadError("the warehouse has not been read yet")


def wait_for_pull(context: SyncContext, pulling: Pulling, renew: Callable[[], None] | None = None) -> None:
    """Return once the pull is over, whatever came of it. renew: keeps the lease of a store that is kept from others
    meanwhile. Raises SourceUnreadError while the source was never read whole, or if the bridge itself broke the pull
    off, and StillPullingError rather than to keep a store for longer."""
    left = RENEWALS
    while True:
        try:
            fault = pulling.exception(RENEW)
            break
        except TimeoutError:
            if renew is None:
                continue
            if not left:
                raise StillPullingError("the pull of the warehouse takes too long to keep a store for it") from None
            left -= 1
            renew()
    if fault is not None:
        raise SourceUnreadError("the pull of the warehouse was broken off") from fault
    refuse_unread(context)


def after_pull(
    session: StoreSession, told: Iterable[Told], pulling: Pulling | None
) -> Iterator[tuple[datetime, Sequence[Told]]]:
    """Yield what a store tells in chunks, each with the instant by which it was told, and none before the pull is over.
    What comes until then waits packed, in some 60 bytes a listing. pulling: None: nobody pulls. Raises
    StillPullingError, and then nothing was told."""
    now, parts, waiting = session.context.now, chunks(told, CHUNK), list[tuple[datetime, bytes]]()
    if pulling is not None:
        for chunk in parts:
            waiting.append((now(), _PACKING.packed(chunk)))
            if pulling.done():
                break
        wait_for_pull(session.context, pulling, session.lease.renew)
    for moment, packed in waiting:
        yield moment, _PACKING.unpacked(packed)
    for chunk in parts:
        yield now(), chunk
