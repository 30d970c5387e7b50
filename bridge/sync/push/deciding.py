"""Deciding on all that is due to one store, before any of it is sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from bridge.core.guard import Cut, cut_of
from bridge.core.model import Skip, StockKey
from bridge.core.outcomes import confirm_target
from bridge.core.plan import Decision
from bridge.core.wanted import Wanted
from bridge.state import pack
from bridge.state.change import Change
from bridge.sync.push.guard import move_holds
from bridge.sync.push.heal import heal_quiet
from bridge.sync.push.job import Job
from bridge.sync.push.orphans import note_orphans
from bridge.sync.push.shadow import rehearse
from bridge.sync.read.readings import kept_by_orders
from bridge.sync.report import UNANSWERED
from connectors.chunks import chunks

CHUNK = 500


def decide_all(job: Job, *, dry: bool) -> tuple[Wanted, list[Cut]]:
    """Decide on what is due → what needs a write, and its falls, which the guard judges before the first is sent. What
    needs no write is cleared on the way, chunk by chunk; what an unanswered write may still change is left as it is.
    Neighbouring refs follow each other, because some stores are written product by product."""
    wanted, cuts = Wanted(whole=dry), list[Cut]()
    for chunk in chunks(sorted(sorted(job.due), key=len), CHUNK):
        found = job.decide(chunk)
        waits = {ref: sum([_waits(job, d) for d in decisions]) for ref, decisions in found.items()}
        job.waiting |= {ref: count for ref, count in waits.items() if count > 1}
        if not dry:
            _clear_unchanged(job, chunk, found, waits)
        for d in chain.from_iterable(found.values()):
            if count_decision(job, d):
                wanted.add(d)
                if d.known and d.target and d.stock_key not in job.held:  # what a person released is not judged again
                    cuts += [cut] if (cut := cut_of(d.known, d.target)) else []
    return wanted, cuts


def _waits(job: Job, d: Decision) -> bool:
    """Whether a stock key keeps its listing due. What was never read is asked for with every session, and that it shows
    something makes it due again."""
    return d.has_change or job.is_blocked(d) or (d.skip not in (None, Skip.UNREAD) and not d.skip.lasting)


def count_decision(job: Job, d: Decision) -> bool:
    """Count a decision in the report → whether it is to be written. One that the earlier push has counted, and that is
    still left as it is, is not counted twice."""
    is_blocked = job.is_blocked(d)
    writes = d.has_change and not is_blocked
    if not writes and job.is_counted(d.stock_key):
        return False
    job.report.due += 1
    if writes:
        return True
    if d.skip is not None and d.skip.lasting:
        job.report.skip(d.skip.value)
    elif d.skip is not None:
        job.report.wait(d.skip.value)
    elif is_blocked:
        job.report.wait(UNANSWERED)
    elif d.held:
        job.report.held_items += 1
    else:
        job.report.unchanged += 1
    return False


def _clear_unchanged(
    job: Job, refs: Sequence[str], found: Mapping[str, Sequence[Decision]], waits: Mapping[str, int]
) -> None:
    """Clear what is right as it is, or left alone for a lasting reason; remember targets that were reached. waits: ref
    → how many of its stock keys keep it due."""
    change, refused = Change(), _refused(job, refs, found)
    for ref in refs:
        decisions = [d for d in found.get(ref, ()) if not job.is_blocked(d)]
        if not waits.get(ref):
            change.done.append((job.store, ref, job.due[ref]))
            change.drops += [(job.key("quarantine"), name) for name in refused.get(ref, ())]
        news = {d.stock_key.location: k for d in decisions if (k := confirm_target(d))}
        if news:
            shown = {d.stock_key.location: d.known for d in found[ref] if d.known} | news
            change.put_store_stock(job.store, ref, shown)
        move_holds(job, change, decisions)
        heal_quiet(job, change, decisions)
    if job.context.rules(job.store).shadow:
        rehearse(job, change, found)
    unread = {d.stock_key.ref for d in chain.from_iterable(found.values()) if d.skip is Skip.UNREAD}
    gone = kept_by_orders(job.session, unread) | job.context.state.notes(job.store, "gone", sorted(unread)).keys()
    change.reread += [(job.store, ref) for ref in sorted(unread - gone)]
    note_orphans(job, change, refs, found)
    job.session.commit(change)


def _refused(job: Job, refs: Sequence[str], found: Mapping[str, Sequence[Decision]]) -> dict[str, list[str]]:
    """Ref → names of its stock keys in quarantine. Of what is decided on as a whole, any place that it was shown at."""
    state, store = job.context.state, job.store
    if "quarantine" not in job.has_notes:
        return {}
    places = {(d.stock_key.ref, d.stock_key.location) for d in chain.from_iterable(found.values())}
    whole = [ref for ref in refs if all(d.target is None for d in found.get(ref, ()))]
    shown = state.store_stock(store, whole)
    places |= {(ref, place) for ref in whole for place in ("", *shown.get(ref, ()))}
    refused = defaultdict[str, list[str]](list)
    for name in state.notes(store, "quarantine", [pack.stock_key(StockKey(store, *place)) for place in places]):
        refused[pack.read_stock_key(store, name).ref].append(name)
    return refused
