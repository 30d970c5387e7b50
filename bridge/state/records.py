"""What people asked of a store, as a record of its own: numbered, so that whoever asked can wait for the answer.

A request has a number. A session that has read the store acknowledges the greatest number that stood when it began;
when it has pushed as well, that number is finished, with what came of it. Each step replaces the record only as it was
read, so that what one worker writes never wipes what another just wrote."""

from collections.abc import Callable

import msgspec

from bridge.state import keys
from bridge.state.change import Change, Conflict
from bridge.state.lease import Lease
from bridge.state.store import State

FIELD = "requests"
ATTEMPTS = 50
"""Each conflict means that somebody else got through."""


class Result(msgspec.Struct, frozen=True):
    """What a session did for all requests up to `number`. error, held: None or a sentence. person: it needs one.
    at: milliseconds, by the shared clock."""

    number: int
    at: int
    applied: int = 0
    due: int = 0
    error: str | None = None
    held: str | None = None
    person: bool = False


class Requests(msgspec.Struct, frozen=True):
    """requested, acknowledged, finished: numbers, never smaller than they were. whole: the store is to be read as a
    whole.  result: of the last session that
    tried. Which listings are to be read stands beside it, see `State.to_reread`."""

    requested: int = 0
    acknowledged: int = 0
    finished: int = 0
    whole: bool = False
    result: Result | None = None

    @property
    def is_open(self) -> bool:
        """Whether something was asked that nobody has begun to answer."""
        return self.requested > self.acknowledged


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Requests)


def load_requests(state: State, store: str) -> Requests:
    return _decoded(state.info_field(store, FIELD))


def _decoded(raw: str | None) -> Requests:
    return Requests() if raw is None else _DECODER.decode(raw)


def request(state: State, store: str, change: Change, *, whole: bool = False) -> int:
    """Commit a change (what is due, what is to be read) as one numbered request → its number."""

    def asked(now: Requests) -> Requests:
        return msgspec.structs.replace(now, requested=now.requested + 1, whole=now.whole or whole)

    return _replace(state, store, asked, change).requested


def acknowledge(state: State, store: str, number: int, lease: Lease) -> None:
    """The store was read as every request up to this number asks. What was asked since then stands."""

    def read(now: Requests) -> Requests:
        return msgspec.structs.replace(
            now, acknowledged=max(now.acknowledged, number), whole=now.whole and now.requested > number
        )

    if number > load_requests(state, store).acknowledged:
        _replace(state, store, read, Change(), lease)


def finish(state: State, store: str, result: Result, lease: Lease) -> None:
    """A session has read and pushed: every request up to the result's number is done."""
    if result.number > load_requests(state, store).finished:
        _replace(
            state,
            store,
            lambda now: msgspec.structs.replace(now, finished=result.number, result=result),
            Change(),
            lease,
        )


def fail(state: State, store: str, result: Result) -> None:
    """A session that tried was broken off: what was asked stands for the next one, and whoever waits hears why."""
    if result.number > load_requests(state, store).finished:
        _replace(state, store, lambda now: msgspec.structs.replace(now, result=result), Change())


def _replace(
    state: State, store: str, change_of: Callable[[Requests], Requests], change: Change, *leases: Lease
) -> Requests:
    """Raises Conflict when others keep changing it, LeaseLost."""
    name, expected = keys.of_store(store, "info"), list(change.expects)
    puts = list(change.puts)
    for _ in range(ATTEMPTS):
        raw = state.info_field(store, FIELD)
        after = change_of(_decoded(raw))
        change.expects, change.puts = list(expected), list(puts)
        change.swap(name, FIELD, raw, _ENCODER.encode(after).decode())
        try:
            state.commit(change, *leases)
        except Conflict:
            continue
        return after
    raise Conflict
