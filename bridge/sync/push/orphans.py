"""Listings that lost their map and go on selling the last number of ours: noted until a person decides."""

from collections.abc import Mapping, Sequence

from bridge.core.absence import LOST, has_number_of_ours, is_left_out
from bridge.core.plan import Decision
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.sync.push.job import Job

Decided = Mapping[str, Sequence[Decision]]


def note_orphans(job: Job, change: Change, refs: Sequence[str], found: Decided) -> None:
    """Add to a change which of these listings lost their map, and which have one again, are left out or not ours."""
    context, store = job.context, job.store
    lost = {ref: d.skip for ref in refs for d in found.get(ref, ()) if d.skip in LOST}
    if not lost and "orphaned" not in job.has_notes:
        return
    noted, rules = context.state.orphaned(store, refs), context.rules(store)
    listings, shown = context.state.listings(store, list(lost)), context.state.store_stock(store, list(lost))
    now = pack.ms(context.now())
    for ref in refs:
        skip, listing = lost.get(ref), listings.get(ref)
        was_ours = ref in noted or has_number_of_ours(shown.get(ref, {}).values())
        if skip and listing and was_ours and not is_left_out(listing, rules):
            at = noted[ref][0] if ref in noted else now
            change.put(keys.of_store(store, "orphaned"), ref, pack.dumps([at, skip.value]))
        elif ref in noted:
            change.drops.append((keys.of_store(store, "orphaned"), ref))
