"""A store in shadow mode: what it would be sent is noted where a push would send it, and compared with what it comes to
show without us."""

from collections.abc import Mapping, Sequence

from msgspec import convert, to_builtins

from bridge.core.plan import Decision
from bridge.core.shadow import Foreseen, Rehearsal, Shadow, foresee
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.push.job import Job
from bridge.sync.report import SHADOW
from bridge.sync.session import StoreSession

NOTES = "shadow"


def begin_rehearsal(job: Job) -> None:
    """Load what is foreseen already, and take from the job what did not move since then. What is due no longer was
    forgotten with its listing."""
    noted = job.context.state.notes(job.store, NOTES)
    job.foreseen = {ref: convert(row, Rehearsal) for ref, row in noted.items()}
    gone = sorted(job.foreseen.keys() - job.due.keys())
    job.session.commit(Change(drops=[(job.key(NOTES), ref) for ref in gone]))
    known = {ref: each for ref, each in job.foreseen.items() if job.due.get(ref) == each.due}
    job.due = {ref: version for ref, version in job.due.items() if ref not in known}
    for each in known.values():
        job.report.due += len(each.numbers)
        job.report.skip(SHADOW, len(each.numbers))


def rehearse(job: Job, change: Change, found: Mapping[str, Sequence[Decision]]) -> None:
    """Add to a change what would be sent for some listings, and how the differences ended that were foreseen for them
    and are no more. A listing that is left alone would be sent nothing, which ends nothing."""
    record, now = job.context.state.store_record(job.store, "shadow").shadow, job.context.now()
    counted = record or Shadow(now)
    for ref, decisions in found.items():
        earlier = job.foreseen[ref].numbers if ref in job.foreseen else {}
        numbers = dict[str, Foreseen]()
        for d in decisions:
            place, end = d.stock_key.location, None
            if d.quantity is not None and d.skip is None:
                number, end = foresee(earlier.get(place), d.quantity, d.shown or 0, now)
            else:  # what waits for a proof goes on as it was foreseen
                number = None if d.skip is None or d.skip.lasting else earlier.get(place)
            numbers |= {place: number} if number else {}
            counted = counted.counting(end, now.date()) if end else counted
        if numbers:
            change.put(job.key(NOTES), ref, pack.dumps(to_builtins(Rehearsal(job.due[ref], numbers))))
        elif ref in job.foreseen:
            change.put(job.key(NOTES), ref, None)
    if counted is not record:
        change.note_store(job.store, shadow=counted)


def end_shadow(session: StoreSession) -> None:
    """Forget what was foreseen for a store that is written again."""
    key, noted = keys.of_store(session.store, NOTES), session.context.state.notes(session.store, NOTES)
    change = Change(drops=[(key, ref) for ref in noted])
    change.note_store(session.store, shadow=None)
    session.commit(change)
