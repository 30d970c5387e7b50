"""Push what is due to one store: decide, let the guard judge, send in batches, settle each batch."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain

from bridge.core.model import Skip
from bridge.core.plan import Decision
from bridge.core.settle import aimless, reached, settle
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync import drift
from bridge.sync.job import Job, Visit
from bridge.sync.judging import judged, move_holds
from bridge.sync.outcome import read_back, record
from bridge.sync.report import Pushed
from bridge.sync.shell import Shell
from connectors.base import Batch, Outcome, RetryableStoreError, StoreConnector

CHUNK = 500
GRACE = timedelta(seconds=30)
UNANSWERED = "a write to it was never answered and may still land"
MOVED = "it moved while it was about to be written"


def push(
    visit: Visit, *, proof_since: datetime | None, run: str = "", only: Iterable[str] | None = None,
    dry: bool = False, after: Job | None = None,
) -> tuple[Job, list[Decision]]:  # fmt: skip
    """Send what is due → the job with its report, and what was decided to write. only: these refs and no others.
    dry: decide and judge, and send nothing; otherwise the decisions are bare. after: the push of this visit that came
    before, which has counted. Raises StoreError; whatever was not answered stays due."""
    shell, store = visit.shell, visit.store
    due = shell.state.due(store) if only is None else shell.state.due_now(store, list(only))
    job = Job(shell, store, visit.lease, run or secrets.token_hex(6), proof_since, due, Pushed(), after=after)
    visit.pushes.append(job.report)
    job.doubtful = in_doubt(shell, store, visit.lease)
    job.moves = shell.state.moves()
    job.held = shell.state.held(store)
    drift.load(job)
    wanted = judged(job, _decided(job, due, settle_now=not dry), dry=dry)
    if dry:
        job.report.leave_rest()
    else:
        send_all(job, visit.connector, _batches(job, visit.connector.capabilities.max_batch, wanted))
        read_back(job, visit.connector)
    return job, wanted


def in_doubt(shell: Shell, store: str, lease: Lease) -> set[str]:
    """Refs to leave alone because their last write may still land. A flight is over once the store was read
    later than any write can land; until then its listings are read with every visit. Where the store compares
    before it writes, a late write is refused as soon as the number has moved on, so they may be written
    meanwhile; elsewhere they wait until the value was seen."""
    can, info = shell.capabilities(store), shell.state.notes(store, "info")
    read_at, limit = pack.at(info.get("read_at") or 0), timedelta(seconds=can.settle_time) + GRACE
    doubtful, over = set[str](), Change()
    for name, flight in shell.state.notes(store, "flight").items():
        since = read_at - pack.at(flight["at"])
        was_read = since > timedelta(0)
        if since > limit or (was_read and not can.compare_and_set and _seen(shell, store, flight["sent"])):
            over.drops.append((keys.of_store(store, "flight"), name))
        elif not was_read or not can.compare_and_set:
            doubtful.update(ref for ref, _, _ in flight["sent"])
    shell.state.commit(over, lease)
    return doubtful


def _seen(shell: Shell, store: str, sent: Sequence[tuple[str, str, int]]) -> bool:
    shown = shell.state.shown(store, sorted({ref for ref, _, _ in sent}))
    return all(place in shown.get(ref, {}) and shown[ref][place].books == n for ref, place, n in sent)


# -- deciding ------------------------------------------------------------------------------------------


def _decided(job: Job, due: Mapping[str, str], *, settle_now: bool) -> Iterator[Decision]:
    """Decisions that need a write. Those that need none are settled on the way, group by group; what may still be
    changed by a write that was never answered is left as it is."""
    refs = list(due)
    for i in range(0, len(refs), CHUNK):
        chunk = refs[i : i + CHUNK]
        found = job.decide(chunk)
        for ref, decisions in found.items():
            job.waiting[ref] = sum(d.needed or _waits(d) for d in decisions)
        if settle_now:
            _settle_quiet(job, [ref for ref in chunk if ref not in job.doubtful], found)
        for d in chain.from_iterable(found.values()):
            if tally(job, d):
                yield d


def tally(job: Job, d: Decision) -> bool:
    """Count a decision → whether it is to be written. What a push before this one counted, and what is still left as
    it is, is not counted twice."""
    doubtful = d.spot.ref in job.doubtful
    writes = d.needed and not doubtful
    if not writes and job.is_counted(d.spot):
        return False
    job.report.due += 1
    if d.skip is not None and d.skip.lasting:
        job.report.skip(d.skip.value)
    elif d.skip is not None:
        job.report.wait(d.skip.value)
    elif doubtful:
        job.report.wait(UNANSWERED)
    elif d.held and not d.needed:
        job.report.held_items += 1
    elif not d.needed:
        job.report.unchanged += 1
    return writes


def _waits(d: Decision) -> bool:
    """Stays due although there is nothing to write. What has no number although the store was read is gone from
    it; should it ever be read, that makes it due again."""
    return d.skip is not None and not d.skip.lasting and d.skip is not Skip.UNREAD


def _settle_quiet(job: Job, refs: Sequence[str], found: Mapping[str, Sequence[Decision]]) -> None:
    """Clear what is right as it is, or left alone for a lasting reason; remember targets that were reached."""
    change, refused = Change(), defaultdict[str, list[str]](list)
    for name in job.shell.state.notes(job.store, "quarantine"):
        refused[pack.read_spot(job.store, name).ref].append(name)
    for ref in refs:
        decisions = found.get(ref, ())
        if not job.waiting[ref]:
            change.done.append((job.store, ref, job.due[ref]))
            change.drops += [(job.key("quarantine"), name) for name in refused.get(ref, ())]
        news = {d.spot.location: k for d in decisions if (k := reached(d))}
        if news:
            shown = {d.spot.location: d.known for d in decisions if d.known} | news
            change.put(job.key("shown"), ref, pack.shown(shown))
        move_holds(job, change, decisions)
        drift.heal_quiet(job, change, decisions)
    job.shell.state.commit(change, job.lease)


# -- sending -------------------------------------------------------------------------------------------


def _batches(job: Job, size: int, wanted: Sequence[Decision]) -> Iterator[Sequence[Decision]]:
    for i in range(0, len(wanted), size):
        batch = wanted[i : i + size]
        nothing_moved = job.shell.state.moves() == job.moves
        yield batch if nothing_moved else _again(job, batch)
        job.shell.say("pushing", store=job.store, done=min(i + size, len(wanted)), of=len(wanted))


def _again(job: Job, batch: Sequence[Decision]) -> list[Decision]:
    """The target is computed at the moment of sending: when anything moved since this batch was decided, it is
    decided once more from what is known now. A fall that only now appears waits for the next round, so that
    the guard sees it."""
    spots = {d.spot: d for d in batch}
    found = job.decide(list(dict.fromkeys(d.spot.ref for d in batch)))
    fresh = {d.spot: d for decisions in found.values() for d in decisions if d.spot in spots}
    sent = [d for d in fresh.values() if d.needed and not _deeper(d, spots[d.spot])]
    _tally_again(job, [fresh.get(spot) for spot in spots.keys() - {d.spot for d in sent}])
    return sent


def _tally_again(job: Job, left: Sequence[Decision | None]) -> None:
    """What is not sent after all has been counted as due. None: its listing as a whole is left alone now."""
    for d in left:
        if d is None or d.skip:
            job.report.wait(d.skip.value if d and d.skip else MOVED)
        elif d.needed:
            job.report.deferred += 1
        else:
            job.report.unchanged += 1


def _deeper(new: Decision, judged: Decision) -> bool:
    now, then = new.footing, judged.footing
    return any(now[sku].stock < f.stock for sku, f in then.items() if sku in now)


def send_all(job: Job, connector: StoreConnector, batches: Iterable[Sequence[Decision]]) -> None:
    """One batch after the other, each marked in flight ahead of it; what came of one is written down while the next
    is on its way, and also when there is trouble ahead of the next. After a lost reply it stays in flight, and due."""
    answered: list[tuple[Batch, Sequence[Decision], Sequence[Outcome]]] = []
    with ThreadPoolExecutor(max_workers=1) as wire:
        try:
            for decisions in filter(None, batches):
                batch = Batch(secrets.token_hex(16), job.run, tuple(d.update for d in decisions))
                fly(job, batch)
                answer = wire.submit(connector.push, batch)
                _land_all(job, answered)
                answered.append((batch, decisions, _outcomes(job, batch, answer)))
        finally:
            _land_all(job, answered)


def _land_all(job: Job, answered: list[tuple[Batch, Sequence[Decision], Sequence[Outcome]]]) -> None:
    while answered:
        _land(job, *answered.pop())


def fly(job: Job, batch: Batch) -> None:
    sent = [[u.ref, u.location, u.quantity] for u in batch.updates]
    flight = {"at": pack.ms(job.shell.now()), "run": job.run, "sent": sent}
    change = Change()
    change.put(job.key("flight"), batch.key, pack.dumps(flight))
    job.shell.state.commit(change, job.lease)


def _outcomes(job: Job, batch: Batch, answer: Future[Sequence[Outcome]]) -> Sequence[Outcome]:
    try:
        return answer.result()
    except RetryableStoreError as fault:
        if fault.sent:
            for _ in batch.updates:
                job.report.wait(UNANSWERED)
            fly(job, batch)  # the last of several tries may land from now on
        else:
            job.shell.state.commit(Change(drops=[(job.key("flight"), batch.key)]), job.lease)
        raise


def _land(job: Job, batch: Batch, decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> None:
    tries = {pack.read_spot(job.store, n): c for n, c in job.shell.state.notes(job.store, "tries").items()}
    settled = settle(decisions, outcomes, tries=tries, now=job.shell.now())
    settled = aimless(settled) if job.undoing else settled
    record(job, batch.key, decisions, outcomes, settled)
