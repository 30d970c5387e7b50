"""What a person should hear of: facts → name and sentence of every condition that is met.

A condition has a stable name, KIND or KIND:STORE (docs/runbook.md has one entry for each), and one sentence with the
remedy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.breaker import CircuitBreaker
from bridge.core.health import FROZEN, SourceState, StoreState, orphaned_sentence, spoken
from bridge.core.text import few, shown

TOKEN_NEAR = timedelta(days=3)
"""So long before its end a token is told of."""

LONGEST = 400
"""Characters of a sentence: it may quote what a store said."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """fresh: how old a pull or a reading may be, and how long a breaker may be open. due: how long something may wait
    to be sent. refused: items a store may refuse within a day."""

    fresh: timedelta
    due: timedelta
    refused: int


@dataclass(frozen=True, slots=True)
class Signs:
    """One store. refused: items it refused within a day. due_since: the oldest of what could be sent waits since
    then, at least; None: nothing waits. expiring: units that are let go within a day, the first at
    `first_expires_at`."""

    state: StoreState
    refused: int = 0
    due_since: datetime | None = None
    expiring: int = 0
    first_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertInput:
    """token_ends: when the warehouse's token expires, None where nobody knows."""

    source: SourceState
    stores: Sequence[Signs]
    token_ends: datetime | None = None


def conditions(facts: AlertInput, bounds: Bounds, now: datetime) -> dict[str, str]:
    """Name → sentence of everything a person should hear of. What follows from a thing told is not told beside it."""
    found = dict(_of_source(facts, bounds, now))
    flows = facts.source.breaker is None and not any(x.state.freezes for x in facts.stores)
    for signs in facts.stores:
        store = signs.state.store
        told = (*_of_reading(signs.state, bounds, now), *_of_writing(signs, bounds, now, flows=flows))
        found |= {f"{kind}:{store}": f"{store}: {text}" for kind, text in told}
    return {name: one_line(text) for name, text in found.items()}


def one_line(text: str) -> str:
    """Without line breaks and control characters, and not longer than LONGEST."""
    return shown(" ".join(text.split()), LONGEST)


def _of_source(facts: AlertInput, bounds: Bounds, now: datetime) -> Iterator[tuple[str, str]]:
    breaker, pulled = facts.source.breaker, facts.source.pulled_at
    if breaker is None:
        if pulled is not None and now - pulled > bounds.fresh:
            yield "source-late", f"The warehouse was last read {spoken(now - pulled)} ago; run `stockbridge status`."
    elif breaker.kind == "untrusted":
        ask = "if it is right, `stockbridge sync --full --confirm-absent` asks for each product by its id"
        yield "source-untrusted", f"A pull is not believed and changed nothing: {_bare(breaker)}; {ask}."
    elif breaker.needs_person:
        yield (
            "source-stopped",
            f"The warehouse cannot be read until a person acts: {_bare(breaker)}; then run `stockbridge check`.",
        )
    elif lasted := _lasted(breaker, bounds, now):
        yield "source-failing", f"The warehouse fails for {lasted} and is tried again by itself: {_bare(breaker)}."
    yield from _of_rows(facts.source)
    if facts.token_ends is not None and facts.token_ends - now <= TOKEN_NEAR:
        end = f"{facts.token_ends:%Y-%m-%d %H:%M} UTC"
        yield (
            "token-ends",
            f"The warehouse's token expires at {end}; issue a new one and set it as `token` of [source].",
        )


def _of_rows(source: SourceState) -> Iterator[tuple[str, str]]:
    if source.unknown_warehouses:
        yield "warehouse-unknown", " ".join(source.unknown_warehouses)
    if source.tills:
        yield "till-silent", " ".join(source.tills)
    if source.disbelieved:
        text = f"The warehouse says what cannot be: {few(source.disbelieved)}"
        yield "rows-disbelieved", f"{text}; have it corrected there, until then nothing is increased on it."
    if source.duplicate_skus:
        text = f"Two live products have one SKU: {few(source.duplicate_skus)}"
        yield "sku-twice", f"{text}; delete one of them in the warehouse, until then it is not increased."


def _of_reading(state: StoreState, bounds: Bounds, now: datetime) -> Iterator[tuple[str, str]]:
    breaker, again = state.breaker, f"`stockbridge resync {state.store}`"
    if breaker is None:
        if state.read_at is not None and now - state.read_at > bounds.fresh:
            yield (
                "late",
                f"it was last {state.seen} {spoken(now - state.read_at)} ago; run `stockbridge status`, then {again}.",
            )
    elif breaker.needs_person:
        yield "stopped", f"it stands still until a person acts: {_bare(breaker)}; then run {again}."
    elif lasted := _lasted(breaker, bounds, now):
        yield "failing", f"it fails for {lasted} and is tried again by itself, or with {again}: {_bare(breaker)}."
    if said := state.webhooks or state.restored:
        yield "webhooks" if state.webhooks else "webhooks-restored", f"{said}."
    passing = breaker is None or (not breaker.needs_person and not _lasted(breaker, bounds, now))
    if state.freezes and (state.read_at is not None or not passing):  # a new store is read soon, if nothing hinders it
        yield "frozen", f"{FROZEN}; make it readable, or take it out of the configuration."


def _of_writing(signs: Signs, bounds: Bounds, now: datetime, *, flows: bool) -> Iterator[tuple[str, str]]:
    """flows: nothing that is told elsewhere keeps increases back."""
    state = signs.state
    look = f"look at `stockbridge diff {state.store}`, then run `stockbridge release {state.store}`"
    if state.waiting and state.is_written:
        held = "1 lowering is" if state.waiting == 1 else f"{state.waiting} lowerings are"
        yield "held", f"{held} held until a person decides; {look}, with --reject to drop them."
    if signs.refused > bounds.refused:
        yield (
            "quarantine",
            f"{signs.refused} items were refused within a day; run `stockbridge quarantine {state.store}`.",
        )
    if state.is_written:
        yield from _of_listings(state)
    if state.other_writer:
        yield "other_writer", f"{state.other_writer}."
    if signs.expiring:
        until = f"{signs.first_expires_at:%Y-%m-%d %H:%M} UTC" if signs.first_expires_at else "within a day"
        counted = f"{signs.expiring} units left as shipped and the warehouse never counted them"
        yield "expiring", f"{counted}; they are for sale again from {until} on. `stockbridge status` names the orders."
    free = flows and state.is_written and state.breaker is None
    if free and signs.due_since is not None and now - signs.due_since > bounds.due:
        waits = spoken(now - signs.due_since)
        yield "due", f"something waits to be sent for {waits}; look at `stockbridge diff {state.store}`."


def _of_listings(state: StoreState) -> Iterator[tuple[str, str]]:
    if state.doubted_list:
        yield "list", f"{state.doubted_list}."
    if state.doubted_orders:
        yield "orders", f"{state.doubted_orders}."
    if state.orphaned:
        yield "orphaned", f"{orphaned_sentence(state)}."


def _lasted(breaker: CircuitBreaker, bounds: Bounds, now: datetime) -> str:
    """How long, in words; "" while it is no more than a hiccup."""
    lasts = now - breaker.since
    return spoken(lasts) if lasts > bounds.fresh else ""


def _bare(breaker: CircuitBreaker) -> str:
    return breaker.why.strip().rstrip(".")


@dataclass(frozen=True, slots=True)
class Mark:
    """The oldest due mark of a store, by its version, and since when it is known to stand."""

    version: str
    since: datetime


def standing(last: Mark | None, version: str | None, now: datetime) -> Mark | None:
    """A mark that is made anew begins anew: what is known is never more than the truth."""
    if version is None:
        return None
    return last if last is not None and last.version == version else Mark(version, now)
