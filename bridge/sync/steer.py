"""What people decide about a store: stop, go on, let held falls through or drop them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from bridge.core.guard import Hold
from bridge.core.model import Spot
from bridge.errors import LeaseLost
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.shell import Shell

AGAIN = 0.2
"""Seconds between two looks whether the store is free."""


def pause(shell: Shell, store: str, by: str) -> None:
    """Write nothing to a store until `resume`. It is still read, and its open units still reserve."""
    shell.state.ensure_whole()  # a note on a state that has not begun would be dropped with the rest
    shell.state.put_info(store, paused={"at": pack.ms(shell.now()), "by": by})


def resume(shell: Shell, store: str) -> None:
    """Write again, and try at once what was in trouble. `paused = true` in the configuration stays."""
    shell.state.ensure_whole()
    shell.state.put_info(store, paused=None, trouble=None)


def undecided(shell: Shell, store: str, *, reject: bool = False) -> Mapping[Spot, Hold]:
    """Holds that a decision would change: a rejected one may still be released, but not the other way round."""
    open_to = (None,) if reject else (None, "reject")
    return {spot: hold for spot, hold in shell.state.held(store).items() if hold.said in open_to}


def release(shell: Shell, store: str, *, reject: bool = False) -> Mapping[Spot, Hold]:
    """Let held falls through with the next push, or drop them → the holds decided on. Raises LeaseLost when a
    worker stays with the store for longer than the shell is patient."""
    with _alone(shell, store) as lease:
        found = undecided(shell, store, reject=reject)
        change = Change()
        for spot, hold in found.items():
            said = replace(hold, said="reject" if reject else "release")
            change.put(keys.of_store(store, "held"), pack.spot(spot), pack.hold(said))
        if not reject:
            change.due.extend((store, spot.ref) for spot in found)
        shell.state.commit(change, lease)
    return found


@contextmanager
def _alone(shell: Shell, store: str) -> Iterator[Lease]:
    """A worker in the middle of a push writes back the holds it knows, so a decision must not fall in between."""
    waited = 0.0
    while True:
        with shell.lease(f"store:{store}") as lease:
            if lease is not None:
                yield lease
                return
        if waited >= shell.patience:
            raise LeaseLost(f"A worker is busy with {store}; nothing was decided, try again in a minute.")
        shell.wait(AGAIN)
        waited += AGAIN
