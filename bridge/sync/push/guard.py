"""Apply the guard: hold falls that are too drastic, and remember for a day those that were let pass."""

from collections.abc import Sequence, Set
from datetime import timedelta
from itertools import chain

from bridge.core.absence import LOST, spoken_of
from bridge.core.guard import Cut, GuardVerdict, Hold, Totals, begin_hold, evaluate_cuts, held_at, still_holds
from bridge.core.model import StockKey
from bridge.core.plan import Decision
from bridge.core.wanted import Wanted
from bridge.state import pack
from bridge.state.change import Change
from bridge.sync.push.job import Job
from connectors.chunks import chunks

DAY = timedelta(hours=24)
CHUNK = 500


def apply_guard(job: Job, wanted: Wanted, cuts: Sequence[Cut], *, dry: bool) -> None:
    """Hold the falls that are too drastic, and drop them from what is to be sent. cuts: the falls in `wanted`. dry:
    nothing is committed."""
    change = Change()
    verdict = evaluate(job, cuts, change)
    before = [h for h in job.held.values() if h.decision is None]
    for chunk in chunks(sorted({stock_key.ref for stock_key in verdict.held}), CHUNK):
        for d in chain.from_iterable(job.decide(chunk).values()):  # as it stands now
            if d.stock_key in verdict.held and d.known and d.target:
                job.held[d.stock_key] = new = begin_hold(d.known, d.target, verdict.why or "", job.context.now())
                change.put(job.key("held"), pack.stock_key(d.stock_key), pack.hold(new))
    job.cuts = {cut.stock_key: cut for cut in cuts if cut.stock_key not in verdict.held}
    if not dry:
        job.session.commit(change)
        job.report.newly_held = len(change.puts)
    _report_held(job, verdict, before, dry=dry)
    wanted.drop(verdict.held)


def _report_held(job: Job, verdict: GuardVerdict, before: Sequence[Hold], *, dry: bool) -> None:
    """Count what is held as due, because its target is not what the store shows, and say why. before: holds that waited
    for a person already. dry: what a push would hold is told apart, because nobody can release it yet."""
    job.report.held_items += len(verdict.held)
    if job.earlier is None:
        kept = sum(stock_key.ref not in job.due and hold.decision != "release" for stock_key, hold in job.held.items())
        job.report.due += kept
        job.report.held_items += kept
    waiting = [h for h in job.held.values() if h.decision is None]
    held, more = (before, waiting[len(before) :]) if dry else (waiting, [])
    said = []
    if held:
        said += [f"{len(held)} held: {held[0].why}; look at `stockbridge status`, then release or reject them"]
    if more:
        said += [f"a push now would hold {len(more)}: {more[0].why}; nothing is held yet"]
    job.report.held = "; ".join(said) or None


def evaluate(job: Job, cuts: Sequence[Cut], change: Change) -> GuardVerdict:
    """Judge falls by what the store shows and by the falls that were let pass within a day. Those of before are added
    to the change, to be forgotten."""
    if not cuts:
        return GuardVerdict()
    record = job.context.state.store_record(job.store, "units", "stock_keys")
    made = job.context.state.notes(job.store, "spent")
    recent = [row for row in made.values() if _is_recent(job, row)]
    change.drops += [(job.key("spent"), name) for name, row in made.items() if not _is_recent(job, row)]
    shown = Totals(record.stock_keys, record.units)
    passed = Totals(sum(row[2] for row in recent), sum(row[1] for row in recent))
    return evaluate_cuts(cuts, shown=shown, recent_cuts=passed, limits=job.context.limits)


def _is_recent(job: Job, row: Sequence[int]) -> bool:
    return row[0] >= pack.ms(job.context.now() - DAY)


def record_cuts(job: Job, change: Change, applied: Set[StockKey]) -> None:
    """Add to a change the cuts that were made. One that was sent in vain is judged again, and counts once."""
    now = pack.ms(job.context.now())
    made = {pack.stock_key(stock_key): job.cuts[stock_key] for stock_key in job.cuts.keys() & applied}
    recent_cuts = job.context.state.notes(job.store, "spent", list(made))
    for name, cut in made.items():
        row = recent_cuts.get(name)
        _, units, zeroed = row if row and _is_recent(job, row) else (0, 0, 0)
        change.put(job.key("spent"), name, pack.dumps([now, units + cut.units, zeroed or int(cut.zeroed)]))


def move_holds(job: Job, change: Change, decisions: Sequence[Decision]) -> None:
    """Add to a change how holds move on. Orders lower the number at which a stock key is held. A hold ends when its
    fall is gone, a released one too: what falls later is judged again. A release ends as well when the listing is not
    mapped any more, for then nothing is left to send."""
    if not job.held:
        return
    places = [(d, key) for d in decisions for key in spoken_of(d.stock_key, d.skip, job.held)]
    for decision, key in places:
        kept = job.held[key]
        if kept.decision == "release" and decision.has_change:
            continue
        if decision.target is None and (kept.decision != "release" or decision.skip not in LOST):
            continue
        if decision.target is not None and still_holds(kept, decision.known, decision.target):
            job.held[key] = moved = held_at(kept, decision.target)
            change.put(job.key("held"), pack.stock_key(key), pack.hold(moved), before=pack.hold(kept))
        else:
            del job.held[key]
            change.put(job.key("held"), pack.stock_key(key), None)
