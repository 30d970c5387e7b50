"""What people asked of a store: numbered, so that whoever asked can wait for the answer.

A request has a number. A session that has read the store acknowledges the greatest number that stood when it began;
when it has pushed as well, that number is finished, with what came of it. Each step replaces the record only as it was
read, so that what one worker writes never wipes what another just wrote."""

from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.records import Requests, Result, StoreRecord
from bridge.state.store import State
from connectors.values import replace


def load_requests(state: State, store: str) -> Requests:
    return state.store_record(store, "requests").requests


def request(state: State, store: str, change: Change, *, whole: bool = False) -> int:
    """Commit a change (what is due, what is to be read) as one numbered request → its number."""

    def asked(now: StoreRecord) -> dict[str, object]:
        before = now.requests
        return {"requests": replace(before, requested=before.requested + 1, whole=before.whole or whole)}

    return state.update_store(store, asked, change).requests.requested


def acknowledge(state: State, store: str, number: int, lease: Lease) -> None:
    """The store was read as every request up to this number asks. What was asked since then stands."""

    def read(now: StoreRecord) -> dict[str, object]:
        before = now.requests
        whole = before.whole and before.requested > number
        return {"requests": replace(before, acknowledged=max(before.acknowledged, number), whole=whole)}

    if number > load_requests(state, store).acknowledged:
        state.update_store(store, read, Change(), lease)


def finish(state: State, store: str, result: Result, lease: Lease) -> None:
    """A session has read and pushed: every request up to the result's number is done."""
    _answer(state, store, result, lease, finished=result.number)


def fail(state: State, store: str, result: Result) -> None:
    """A session that tried was broken off: what was asked stands for the next one, and whoever waits hears why."""
    _answer(state, store, result)


def _answer(state: State, store: str, result: Result, *leases: Lease, finished: int = 0) -> None:
    """Set the result, unless a later one has come for requests up to this number."""

    def answered(now: StoreRecord) -> dict[str, object]:
        before = now.requests
        if result.number <= before.finished:
            return {}
        return {"requests": replace(before, finished=max(before.finished, finished), result=result)}

    state.update_store(store, answered, Change(), *leases)
