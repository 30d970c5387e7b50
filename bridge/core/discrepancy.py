"""What a store shows and what it should show differ: from everything known of one stock key to findings of a closed
list whose units add up to the whole difference.

The way from the number shown to the one it should show goes over the numbers in between, in the order of how sure their
evidence is, and each finding has the units of its own piece of it:

    shown → the number in flight, or the one before somebody changed it → the number on offer → what it should show
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.core.availability import Pool, Target, target_for
from bridge.core.changed_basis import changes_since
from bridge.core.drift import Cause, Drift
from bridge.core.finding import OF_SKIP, Circumstances, Discrepancy, Finding, FindingCode
from bridge.core.in_flight import Sent, may_land_on
from bridge.core.model import Skip, StockKey, StoreRules, StoreStock
from bridge.core.plan import Decision, PlanInput, offered, quantity_for, shown_quantity
from bridge.core.remedy import next_step
from bridge.core.text import stamp
from connectors.base import Capabilities

OF_CAUSE: Mapping[Cause, FindingCode] = {
    Cause.EDITED: FindingCode.EDITED,
    Cause.WRITE: FindingCode.NOT_LANDED,
    Cause.ORDER: FindingCode.ORDER_NOT_TOLD,
    Cause.UNKNOWN: FindingCode.CHANGED_BESIDE,
}
WITH_NUMBERS = frozenset({Skip.EXCLUDED, Skip.DUPLICATE, Skip.NOT_STOCKED})
"""Why a listing is left alone although it is known what it shows and what it should show."""


def find_discrepancy(
    inputs: PlanInput, d: Decision, pools: Mapping[str, Pool], rules: StoreRules, can: Capabilities,
    around: Circumstances,
) -> Discrepancy:  # fmt: skip
    """Returns the discrepancy of a decision's stock key; of a listing that is left alone as a whole, over all its
    locations. d: decided as of now, with the hold of `around`."""
    if d.target is None:
        return _of_left_alone(inputs, d, pools, rules, can)
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
    sent = _newest(known, can, around.sent)
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
    if d.skip is Skip.REPORT_ONLY:
        how = "nothing moved on our side, so it was changed in the store"
        return [Finding(FindingCode.EDITED, units, how)]
    if keeps := _keeps_back(units, d, around):
        return [replace(keeps, units=units, evidence=f"{keeps.evidence}; {moved}")]
    if around.due or around.rules_changed:
        return changes
    return [Finding(FindingCode.NOT_EXPLAINED, units, f"nothing waits to be sent; {moved}")]


def _keeps_back(units: int, d: Decision, around: Circumstances) -> Finding | None:
    """Returns what keeps a number from being written, if anything does: what lasts longest first. units: beyond it;
    negative: it would be an increase."""
    skip, breaker, found = d.skip if units < 0 else None, around.breaker, list[tuple[FindingCode, str]]()
    reasons = f": {', '.join(around.reasons)}" if around.reasons else ""
    if around.refused is not None:
        found.append((FindingCode.REFUSED, f"the store says: {around.refused}"))
    if around.paused:
        found.append((FindingCode.PAUSED, around.paused))
    if skip is not None and skip.lasting:
        found.append((OF_SKIP[skip], skip.value + reasons))
    if breaker is not None:
        found.append((FindingCode.RESTING, f"not asked since {stamp(breaker.since)}: {breaker.why.rstrip('.')}"))
    if skip is not None:
        found.append((OF_SKIP[skip], skip.value + reasons))
    if around.incomplete:
        found.append((FindingCode.REBUILDING, "a part of the state was lost"))
    return Finding(found[0][0], units, found[0][1]) if found else None


def _newest(known: StoreStock, can: Capabilities, writes: Sequence[Sent]) -> Sent | None:
    """The last of the writes in flight that may still change what is shown."""
    live = [x for x in writes if not x.late and may_land_on(x, known.on_hand, compares=can.compare_and_set)]
    newest = max(live, key=lambda x: x.at, default=None)
    return newest if newest and newest.quantity != shown_quantity(known, can) else None


def _sent(sent: Sent) -> str:
    instead = "" if sent.was is None else f" in the place of {sent.was}"
    return f"{sent.quantity} was sent{instead} at {stamp(sent.at)}"


def _of_drift(drift: Drift, around: Circumstances) -> Finding:
    code = OF_CAUSE[drift.cause]
    often = f", {drift.count} times" if drift.count > 1 else ""
    how = f"{drift.was} → {drift.now}, seen at {stamp(drift.at)}{often}: {drift.cause}"
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


def _of_left_alone(
    inputs: PlanInput, d: Decision, pools: Mapping[str, Pool], rules: StoreRules, can: Capabilities
) -> Discrepancy:
    """Of what is left alone as a whole, or at one location: whatever differs has that one reason."""
    if d.skip is None:
        raise ValueError(f"{d.stock_key} has neither a target nor a reason")
    code, places = OF_SKIP[d.skip], {d.stock_key.location: d.known} if d.known else inputs.known
    next_ = next_step(code, None, rules.store, Circumstances())
    shown = sum(shown_quantity(known, can) for known in places.values()) if places else None
    if d.skip not in WITH_NUMBERS or isinstance(inputs.parts, Skip) or not places:
        return Discrepancy(shown, None, (Finding(code, None, d.skip.value, next_),))
    should, found = 0, list[Finding]()
    for location, known in places.items():
        stock_key = StockKey(rules.store, inputs.listing.ref, location)
        target = target_for(stock_key, inputs.listing.sku, inputs.parts, pools, rules, known.committed)
        wanted, shows = quantity_for(target.available, known, can), shown_quantity(known, can)
        should += wanted
        if shows != wanted:
            how = f"{d.skip.value}; it shows {shows} and would show {wanted}"
            found.append(Finding(code, shows - wanted, how, next_))
    return Discrepancy(shown, should, tuple(found))
