"""What a store goes on offering although the warehouse does not have it, because a person said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, islice

from bridge.core.guard import Hold
from bridge.core.model import Spot
from bridge.core.plan import Decision, decide
from bridge.sync.shell import Shell
from bridge.sync.view import load

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Unbacked:
    """items: stock keys that offer more than they should. units: by how many, in all."""

    items: int = 0
    units: int = 0


def rejected(shell: Shell, store: str, held: Mapping[Spot, Hold]) -> Unbacked:
    """What stays on offer because a person rejected its lowering."""
    said = {spot: hold for spot, hold in held.items() if hold.said == "reject"}
    lacking = [n for n in (beyond(d) for d in _decided(shell, store, said)) if n > 0]
    return Unbacked(len(lacking), sum(lacking))


def _decided(shell: Shell, store: str, held: Mapping[Spot, Hold]) -> list[Decision]:
    rules, can, found = shell.rules(store), shell.capabilities(store), list[Decision]()
    refs = iter(sorted({spot.ref for spot in held}))
    while chunk := list(islice(refs, CHUNK)):
        view = load(shell, store, chunk, proof_since=None, held=held)
        decisions = (decide(case, view.pools, rules, can) for case in view.cases.values())
        found += [d for d in chain.from_iterable(decisions) if d.spot in held]
    return found


def beyond(d: Decision) -> int:
    """Units on offer at a held stock key beyond its target; 0 where nothing is held."""
    if d.known is None or d.target is None or not d.held:
        return 0
    return max(0, max(0, d.known.sellable) - max(0, d.target.sellable))
