"""What a store shows and what it should show differ: from everything known of one stock key to findings of a closed
list whose units add up to the whole difference.

The way from the number shown to the one it should show goes over the numbers in between, in the order of how sure their
evidence is, and each finding has the units of its own piece of it:

    shown → the number in flight, or the one before somebody changed it → the number on offer → what it should show
"""

from collections.abc import Mapping

from bridge.core.availability import Pool, Target
from bridge.core.changed_basis import changes_since
from bridge.core.drift import Cause, Drift
from bridge.core.finding import OF_SKIP, Circumstances, Discrepancy, Finding, FindingCode
from bridge.core.in_flight import Sent, newest_live
from bridge.core.left_alone import discrepancy_of_left_alone
from bridge.core.model import Skip, StoreRules, StoreStock
from bridge.core.plan import Decision, PlanInput, offered, quantity_for, shown_quantity
from bridge.core.remedy import next_step
from bridge.core.text import stamp
from connectors.base import Capabilities
from connectors.values import replace

OF_CAUSE: Mapping[Cause, FindingCode] = {
    Cause.EDITED: FindingCode.EDITED,
    Cause.WRITE: FindingCode.NOT_LANDED,
    Cause.ORDER: FindingCode.ORDER_NOT_TOLD,
    Cause.UNKNOWN: FindingCode.CHANGED_BESIDE,
}


def find_discrepancy(
    inputs: PlanInput, d: Decision, pools: Mapping[str, Pool], rules: StoreRules, can: Capabilities,
    around: Circumstances,
) -> Discrepancy:  # fmt: skip
    """Returns the discrepancy of a decision's stock key; of a listing that is left alone as a whole, over all its
    locations. d: decided as of now, with the hold of `around`."""
    if d.target is None:
        return discrepancy_of_left_alone(inputs, d, pools, rules, can)
    should = quantity_for(d.target.available, d.known, can)
    if d.known is None or d.shown is None:
        found = [_of_unknown(d, around)]
    elif d.shown != should or not d.known.sure:
        found = _between(d.known, d.target, should, d, can, around)
    else:
        left = "it shows a fraction, of which only the whole units count"
        found = [Finding(FindingCode.FRACTION, 0, left)] if d.fraction else []
    to_write = sum(x.units or 0 for x in found if x.code not in (FindingCode.HELD, FindingCode.REJECTED))
    waits = _keeps_back(to_write if d.known else -1, d, around)
    code = waits.code if waits else None
    told = tuple(replace(x, next=next_step(x.code, code, rules.store, around)) for x in found)
    return Discrepancy(d.shown, should, told)


def _between(
    known: StoreStock, target: Target, should: int, d: Decision, can: Capabilities, around: Circumstances
) -> list[Finding]:
    """Returns what lies between what is shown and what should be; nothing that makes no difference."""
    sent = newest_live(around.sent, shown_quantity(known, can), known.on_hand, compares=can.compare_and_set)
    drift = around.drift if around.drift and around.drift.is_open and sent is None else None
    changed = drift.now - drift.was if drift else 0
    before = replace(known, available=known.available - changed, on_hand=known.on_hand - changed)
    offer, _ = offered(target, before, around.hold)
    held = offer != target.available
    on_offer = quantity_for(offer, before, can, held=True) if held else should
    shows = shown_quantity(known, can)
    found = [_of_drift(drift, around)] if drift else []
    if sent is not None:
        found.append(Finding(FindingCode.IN_FLIGHT, shows - sent.quantity, f"{_sent(sent)} and not answered"))
    reached = shows - changed if sent is None else sent.quantity
    if held and reached != on_offer:
        changes = [Finding(FindingCode.ORDERS, reached - on_offer, "orders of what is held move what it may offer")]
    elif sent is not None:
        how = f"it moved since {sent.quantity} was sent, which is not answered"
        changes = [Finding(FindingCode.MOVED, reached - on_offer, how)]
    else:
        changes = [] if held else changes_since(before, target, can)
    found += _waiting(changes, reached - on_offer, d, around)
    if held and around.hold is not None:
        code = FindingCode.REJECTED if around.hold.decision == "reject" else FindingCode.HELD
        why = f"since {stamp(around.hold.since)}, because {around.hold.why}; {max(0, offer)} stay on offer"
        found.append(Finding(code, on_offer - should, why))
    return [x for x in found if x.units or x.code is FindingCode.UNVERIFIED]


def _waiting(changes: list[Finding], units: int, d: Decision, around: Circumstances) -> list[Finding]:
    """Returns what is ours to write and not written: by what moved where it is only due, else by what keeps it back.
    units: of all changes."""
    moved = ", ".join(f"{x.code} {x.units:+d}" for x in changes if x.units)
    if d.known is not None and not d.known.sure and not any(not x.late for x in around.sent):
        how = f"it took {d.shown} or another number, which no reading can tell; it is to be sent again"
        return [Finding(FindingCode.UNVERIFIED, units, how)]
    if not units:
        return changes
    if keeps := _keeps_back(units, d, around):
        return [replace(keeps, units=units, evidence=f"{keeps.evidence}; of it {moved}")]
    if around.due or around.rules_changed:
        return changes
    return [Finding(FindingCode.NOT_EXPLAINED, units, f"nothing waits to be sent; {moved}")]


def _keeps_back(units: int, d: Decision, around: Circumstances) -> Finding | None:
    """Returns what keeps a number from being written, if anything does: what lasts longest first. units: beyond it;
    negative: it would be an increase."""
    skip, breaker = d.skip if units < 0 else None, around.breaker
    of_skip, reasons = (OF_SKIP[skip], skip.value) if skip else (FindingCode.UNREAD, ""), ", ".join(around.reasons)
    skipped = (of_skip[0], f"{of_skip[1]}: {reasons}" if reasons else of_skip[1])
    rests = f"not asked since {stamp(breaker.since)}: {breaker.why.rstrip('.')}" if breaker else ""
    found = (
        (d.skip is Skip.REPORT_ONLY, FindingCode.EDITED, "nothing moved on our side, so it was changed in the store"),
        (around.refused is not None, FindingCode.REFUSED, f"the store says: {around.refused}"),
        (around.shadow, FindingCode.SHADOW, "the store is in shadow mode"),
        (bool(around.paused), FindingCode.PAUSED, around.paused),
        (skip is not None and skip.lasting, *skipped),
        (breaker is not None, FindingCode.RESTING, rests),
        (skip is not None, *skipped),
        (around.incomplete, FindingCode.REBUILDING, "a part of the state was lost"),
    )
    return next((Finding(code, units, evidence) for holds, code, evidence in found if holds), None)


def _sent(sent: Sent) -> str:
    instead = "" if sent.was is None else f" in the place of {sent.was}"
    return f"{sent.quantity} was sent{instead} at {stamp(sent.at)}"


def _of_drift(drift: Drift, around: Circumstances) -> Finding:
    code = OF_CAUSE[drift.cause]
    often = f", {drift.count} times" if drift.count > 1 else ""
    how = f"{drift.was} → {drift.now}, seen at {stamp(drift.at)}{often}"
    if code is FindingCode.NOT_LANDED and around.claimed:
        code, how = FindingCode.NOT_APPLIED, f"{how}; the store said that it had taken {drift.was}"
    return Finding(code, drift.now - drift.was, how)


def _of_unknown(d: Decision, around: Circumstances) -> Finding:
    """Of what never accepted a number of ours, and cannot be read."""
    if around.sent:
        sent = max(around.sent, key=lambda x: x.at)
        return Finding(FindingCode.IN_FLIGHT, None, f"{_sent(sent)} and not answered")
    if keeps := _keeps_back(-1, d, around):
        return replace(keeps, units=None)
    code = FindingCode.FIRST if around.due or around.rules_changed else FindingCode.NOT_EXPLAINED
    return Finding(code, None, "it never accepted a number of ours")
