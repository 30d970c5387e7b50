"""Why a store shows another number than it should: every finding by its own units, and all of them together."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.availability import Pool
from bridge.core.breaker import CircuitBreaker
from bridge.core.discrepancy import find_discrepancy
from bridge.core.drift import Cause, Drift
from bridge.core.finding import Circumstances, Discrepancy, FindingCode
from bridge.core.guard import Hold
from bridge.core.in_flight import Sent
from bridge.core.model import Skip, SkuRule, StoreRules, StoreStock
from bridge.core.plan import PlanInput, decide
from connectors.base import Capabilities, Status
from connectors.values import replace

from .cases import AVAILABLE, BLIND, NEGATIVE, ON_HAND, case, keeps, listing
from .test_plan_properties import any_rules, cases, knowns, platforms, stocks
from .things import NOW, PLAIN, after, begun, claim, pool, relaxed, rules, shows, target

DUE = Circumstances(due=True)
EVERY = frozenset(FindingCode)
UNKNOWN = frozenset({FindingCode.UNVERIFIED, FindingCode.FRACTION})
"""What makes a number doubtful although it is the right one."""


def drift(was: int, now: int, cause: Cause = Cause.EDITED, **more: Any) -> Circumstances:
    return replace(DUE, drift=Drift(NOW, NOW, was, now, cause), **more)


def sent(quantity: int, was: int | None = None, **more: Any) -> Circumstances:
    return replace(DUE, sent=[Sent("P", "", quantity, NOW, was, **more)])


def resting(kind: Any = "failing") -> Circumstances:
    return replace(DUE, breaker=CircuitBreaker(kind, "The shop answers 500", NOW))


class Example(NamedTuple):
    """known, stock: what the store shows and what the pool holds. found: (code, units) in their order."""

    known: StoreStock | None
    stock: Pool
    found: list[tuple[str, int | None]]
    around: Circumstances = DUE
    can: Capabilities = AVAILABLE
    rules: StoreRules = PLAIN
    more: Mapping[str, Any] = MappingProxyType({})


TEN, FIFTEEN, SOLD = pool(10), pool(15), claim(2, store="acme", ref="P")
HELD = begun(after(TEN), pool(0))
REJECTED = replace(HELD, decision="reject")
HALF = rules(share=Fraction(1, 2))
FEWER = Drift(NOW, NOW, 10, 7, Cause.EDITED)

CASES = {
    "all is right": Example(after(TEN), TEN, []),
    "all is right and not due": Example(after(TEN), TEN, [], Circumstances()),
    # due
    "a level rose": Example(after(TEN), FIFTEEN, [("level", -5)]),
    "a level fell": Example(after(TEN), pool(6), [("level", 4)]),
    "another store sold": Example(after(TEN), pool(10, claim(3, store="outlet")), [("orders", 3)]),
    "another store's order was cancelled": Example(after(pool(10, claim(3, store="outlet"))), TEN, [("orders", -3)]),
    "a level rose while another store sold": Example(
        after(TEN), pool(15, claim(3, store="outlet")), [("level", -5), ("orders", 3)]
    ),
    "its own sale moves both numbers": Example(after(TEN, 8), pool(10, SOLD), []),
    "its own sale of half of what is free": Example(
        after(target(TEN, rules=HALF), 3), pool(10, SOLD), [("orders", -1)], rules=HALF
    ),
    "its own sale and a level": Example(after(TEN, 8), pool(15, SOLD), [("level", -5)]),
    "its own sale on a store that takes it off": Example(
        after(TEN, 8, committed_units=2), pool(15, SOLD), [("level", -5)], can=ON_HAND
    ),
    "what was shipped is counted": Example(
        after(pool(10, SOLD)), pool(8, confirmed=2), []
    ),
    "what was shipped is counted while more arrives": Example(
        after(pool(10, SOLD)), pool(13, confirmed=2), [("level", -5)]
    ),
    "what a store oversold": Example(after(pool(0), -2), pool(5, SOLD), [("level", -5)], can=NEGATIVE),
    "a buffer was set": Example(after(TEN), TEN, [("rules", 2)], rules=rules(buffer=2)),
    "a rule that is not applied yet": Example(
        after(TEN), TEN, [("rules", 2)], Circumstances(rules_changed=True), rules=rules(buffer=2)
    ),
    "a buffer, a level and an order": Example(
        after(TEN), pool(15, claim(3, store="outlet")), [("level", -5), ("orders", 3), ("rules", 1)],
        rules=rules(buffer=1),
    ),
    "nothing of ours was ever there": Example(shows(3), TEN, [("first", -7)]),
    "it is made of something else": Example(
        shows(3, last_target=3, basis={"Q": target(TEN).basis["P"]}), TEN, [("first", -7)]
    ),
    "a write whose answer was lost is there": Example(after(TEN, 15), pool(17), [("moved", -2)]),
    # the store's own
    "somebody changed it": Example(after(TEN, 7), TEN, [("edited", -3)], drift(10, 7)),
    "somebody changed it, and a level rose": Example(
        after(TEN, 7), FIFTEEN, [("edited", -3), ("level", -5)], drift(10, 7)
    ),
    "somebody changed it upwards, and a level rose": Example(
        after(TEN, 14), FIFTEEN, [("edited", 4), ("level", -5)], drift(10, 14)
    ),
    "what was healed is over": Example(
        after(TEN), FIFTEEN, [("level", -5)], replace(DUE, drift=Drift(NOW, NOW, 10, 7, Cause.EDITED, healed=NOW))
    ),
    "it is only reported": Example(
        after(TEN, 7), TEN, [("edited", -3)], drift(10, 7, due=False), rules=rules(heal=False)
    ),
    "it is only reported, and remembered no longer": Example(
        after(TEN, 7), TEN, [("edited", -3)], Circumstances(), rules=rules(heal=False)
    ),
    "an order that was not told may be it": Example(
        after(TEN, 7), TEN, [("order_not_told", -3)], drift(10, 7, Cause.ORDER), more={"proven": False}
    ),
    "our write did not land": Example(after(TEN, 7), TEN, [("not_landed", -3)], drift(10, 7, Cause.WRITE)),
    "claimed and not applied": Example(
        after(TEN, 7), TEN, [("claimed_not_applied", -3)], drift(10, 7, Cause.WRITE, claimed=1)
    ),
    "changed beside a write": Example(after(TEN, 7), TEN, [("changed_beside", -3)], drift(10, 7, Cause.UNKNOWN)),
    # in flight
    "a write is in flight": Example(after(TEN), FIFTEEN, [("in_flight", -5)], sent(15, 10)),
    "a level moved while it is": Example(after(TEN), pool(12), [("in_flight", -5), ("moved", 3)], sent(15, 10)),
    "it puts right what somebody changed": Example(
        after(TEN, 7), TEN, [("in_flight", -3)], replace(sent(10, 7), drift=FEWER)
    ),
    "its time has passed": Example(after(TEN), FIFTEEN, [("level", -5)], sent(15, 10, late=True)),
    "a store that compares will refuse it": Example(
        after(TEN, 7), FIFTEEN, [("edited", -3), ("level", -5)], replace(sent(15, 10), drift=FEWER), ON_HAND
    ),
    "it is there already": Example(after(TEN), FIFTEEN, [("level", -5)], sent(10, 8)),
    # kept back
    "held": Example(after(TEN), pool(0), [("held", 10)], Circumstances(hold=HELD)),
    "rejected": Example(after(TEN), pool(0), [("rejected", 10)], Circumstances(hold=REJECTED)),
    "held, and somebody changed it": Example(
        after(TEN, 7), pool(0), [("edited", -3), ("held", 10)], drift(10, 7, hold=HELD)
    ),
    "held, and sold by another store": Example(
        after(TEN), pool(0, claim(3, store="outlet")), [("orders", 3), ("held", 7)], replace(DUE, hold=HELD)
    ),
    "released": Example(after(TEN), pool(0), [("level", 10)], replace(DUE, hold=replace(HELD, decision="release"))),
    "refused": Example(after(TEN), FIFTEEN, [("refused", -5)], Circumstances(refused="Too many")),
    "paused": Example(after(TEN), pool(6), [("paused", 4)], replace(DUE, paused="by ann")),
    "only compared": Example(after(TEN), pool(6), [("shadow", 4)], Circumstances(shadow=True)),
    "paused, and somebody changed it": Example(
        after(TEN, 7), pool(6), [("edited", -3), ("paused", 4)], Circumstances(drift=FEWER, paused="by ann")
    ),
    "not asked for a while": Example(after(TEN), FIFTEEN, [("resting", -5)], resting()),
    "a lowering without proof is only due": Example(after(TEN), pool(6), [("level", 4)], more={"proven": False}),
    "an increase without proof": Example(after(TEN), FIFTEEN, [("no_proof", -5)], more={"proven": False}),
    "an edit and an increase without proof": Example(
        after(TEN, 7), FIFTEEN, [("edited", -3), ("no_proof", -5)], drift(10, 7), more={"proven": False}
    ),
    "a till fell silent": Example(after(TEN), pool(15, silent=frozenset("1")), [("silent_till", -5)]),
    "two products have its SKU": Example(after(TEN), pool(15, sure=False), [("two_products", -5)], Circumstances()),
    "a row is not believed": Example(after(TEN), pool(15, believed=False), [("not_believed", -5)], Circumstances()),
    "a line may be of it": Example(after(TEN), FIFTEEN, [("near_line", -5)], Circumstances(), more={"near_line": True}),
    "only lowered": Example(after(TEN), FIFTEEN, [("down_only", -5)], Circumstances(), rules=rules(direction="down")),
    "the state is being rebuilt": Example(shows(3), TEN, [("rebuilding", -7)], Circumstances(incomplete=True)),
    # not ours
    "excluded": Example(shows(3), TEN, [("excluded", -7)], rules=rules(skus={"P": SkuRule(sync=False)})),
    "not in the pilot": Example(shows(3), TEN, [("excluded", -7)], rules=rules(only=frozenset("Q"))),
    "excluded, and right by chance": Example(shows(10), TEN, [], rules=rules(only=frozenset("Q"))),
    "one of several": Example(
        shows(3), TEN, [("duplicate", -7)], rules=rules(duplicates="none"), more={"duplicates": 2}
    ),
    "not stocked there": Example(replace(shows(0), stocked=False), TEN, [("not_stocked", -10)], can=ON_HAND),
    "stopped being tracked": Example(replace(shows(0), stocked=False), TEN, [("untracked", None)]),
    "untracked": Example(shows(0), TEN, [("untracked", None)], more={"listing": listing(Status.UNTRACKED)}),
    "a bundle of the store": Example(shows(0), TEN, [("bundle", None)], more={"listing": listing(Status.BUNDLE)}),
    "pooled": Example(shows(0), TEN, [("pooled", None)], more={"listing": listing(Status.POOLED)}),
    "without a SKU": Example(shows(3), TEN, [("no_sku", None)], more={"parts": Skip.NO_SKU}),
    "unmapped": Example(shows(3), TEN, [("unmapped", None)], more={"parts": Skip.UNMAPPED}),
    "ambiguous": Example(shows(3), TEN, [("ambiguous_match", None)], more={"parts": Skip.AMBIGUOUS_MATCH}),
    "unmapped location": Example(shows(3), TEN, [("unmapped_location", None)], rules=rules(locations={"1": "L1"})),
    "unknown warehouse": Example(
        shows(3), TEN, [("unknown_warehouse", None)], rules=rules(warehouses=frozenset("9")),
        more={"unknown_warehouses": frozenset("9")},
    ),
    "no till has reported": Example(
        shows(3), pool(0, unreported=frozenset("9")), [("unreported", None)], rules=rules(warehouses=frozenset("9"))
    ),
    "never read": Example(None, TEN, [("unread", None)], more={"known": {}}),
    # not to be read
    "never accepted a number": Example(None, TEN, [("first", None)], can=BLIND, more={"known": {}}),
    "the first number is in flight": Example(None, TEN, [("in_flight", None)], sent(10), BLIND, more={"known": {}}),
    "the first number was refused": Example(
        None, TEN, [("refused", None)], Circumstances(refused="no"), BLIND, more={"known": {}}
    ),
    "accepted, and doubtful": Example(after(TEN, sure=False), TEN, [("unverified", 0)], can=BLIND),
    "accepted, doubtful, and a level moved": Example(after(TEN, sure=False), FIFTEEN, [("unverified", -5)], can=BLIND),
    "a fraction": Example(replace(after(TEN), on_hand=11), TEN, [("fraction", 0)]),
    # nobody knows
    "nothing makes it due": Example(after(TEN), FIFTEEN, [("not_explained", -5)], Circumstances()),
    "never accepted, and nothing makes it due": Example(
        None, TEN, [("not_explained", None)], Circumstances(), BLIND, more={"known": {}}
    ),
}  # fmt: skip


def discrepancy_of(x: Example) -> Discrepancy:
    holds = {"": x.around.hold} if x.around.hold else {}
    inputs = replace(case(x.known), holds=holds, **x.more)
    pools = {"P": x.stock, "Q": x.stock}
    [d] = decide(inputs, pools, x.rules, x.can)
    return find_discrepancy(inputs, d, pools, x.rules, x.can, x.around)


@pytest.mark.parametrize("x", CASES.values(), ids=CASES)
def test_what_is_found(x: Example) -> None:
    found = discrepancy_of(x)
    assert [(str(one.code), one.units) for one in found.findings] == x.found
    if found.difference is not None:
        assert sum(one.units or 0 for one in found.findings) == found.difference


def test_every_code_of_the_list_is_found() -> None:
    assert {code for x in CASES.values() for code, _ in x.found} == {str(code) for code in FindingCode}


@pytest.mark.parametrize(
    ("of", "evidence", "next_"),
    [
        ("a level rose", "P: 10 in the warehouses when last written, 15 now", "It is due: the next cycle writes it."),
        ("another store sold", "P: orders took 0 when last written, and take 3 now", "It is due"),
        ("somebody changed it", "10 → 7, seen at 2026-11-02 00:00:00 UTC", "It is due"),
        ("it is only reported", "10 → 7, seen at", "It is only reported; set heal = true to correct it."),
        ("paused, and somebody changed it", "10 → 7, seen at", "`stockbridge resume acme`."),
        (
            "a write is in flight",
            "15 was sent in the place of 10 at 2026-11-02 00:00:00 UTC and not answered",
            "Nothing",
        ),
        ("held", "because why; 10 stay on offer", "`stockbridge release acme`"),
        ("refused", "the store says: Too many; of it level -5", "`stockbridge resync acme`"),
        ("not asked for a while", "The shop answers 500; of it level -5", "`stockbridge resync acme`"),
        ("unmapped", "the warehouse knows no such SKU", "[stores.acme.map]"),
        ("excluded", "left out by the store's rules; it shows 3 and would show 10", "`only` and `sync`"),
    ],
)
def test_a_finding_says_by_what_it_is_known_and_what_to_do(of: str, evidence: str, next_: str) -> None:
    first = discrepancy_of(CASES[of]).findings[0]
    assert evidence in first.evidence
    assert next_ in first.next


@pytest.mark.parametrize(
    ("kind", "said"), [("failing", "tried again by itself"), ("operator", "Put right what it says")]
)
def test_a_store_that_needs_a_person_says_so(kind: str, said: str) -> None:
    [found] = discrepancy_of(Example(after(TEN), FIFTEEN, [], resting(kind))).findings
    assert said in found.next


def test_what_is_excluded_counts_at_all_its_locations() -> None:
    two = rules(locations={"1": "L1", "2": "L2"}, only=frozenset("Q"))
    stock, known = pool({"1": 4, "2": 9}), {"L1": shows(1), "L2": shows(9)}
    inputs = case(known)
    [d] = decide(inputs, {"P": stock}, two, ON_HAND)
    found = find_discrepancy(inputs, d, {"P": stock}, two, ON_HAND, DUE)
    assert (found.shown, found.should_show, [x.units for x in found.findings]) == (10, 13, [-3])


# -- whatever there may be ---------------------------------------------------------------------------------

numbers = st.integers(-5, 40)
drifts = st.none() | st.builds(
    lambda was, now, cause, healed: Drift(NOW, NOW, was, now, cause, healed),
    numbers, numbers, st.sampled_from(Cause), st.sampled_from([None, None, NOW]),
)  # fmt: skip
unanswered = st.lists(
    st.builds(
        lambda quantity, was, late, minutes: Sent("P", "", quantity, NOW + timedelta(minutes=minutes), was, late=late),
        numbers, st.none() | numbers, st.booleans(), st.integers(0, 3),
    ),
    max_size=2,
)  # fmt: skip
breakers = st.none() | st.builds(CircuitBreaker, st.sampled_from(["failing", "operator"]), st.just("why"), st.just(NOW))
circumstances = st.builds(
    Circumstances, due=st.booleans(), sent=unanswered, drift=drifts, refused=st.sampled_from([None, None, "no"]),
    claimed=st.integers(0, 1), paused=st.sampled_from(["", "", "by ann"]), breaker=breakers,
    rules_changed=st.booleans(), shadow=st.booleans(), incomplete=st.booleans(),
)  # fmt: skip
unsure = st.builds(lambda known, sure: replace(known, sure=sure), knowns, st.booleans())
every_case = cases | st.builds(lambda of, known: replace(of, known={"": known}), cases, unsure)


@relaxed
@given(of=every_case, stock=stocks, given_rules=any_rules, can=platforms | st.just(BLIND), around=circumstances)
def test_findings_add_up_to_the_whole_difference(
    of: PlanInput, stock: Pool, given_rules: StoreRules, can: Capabilities, around: Circumstances
) -> None:
    pools = {"P": stock, "Q": stock}
    for d in decide(of, pools, given_rules, can):
        found = find_discrepancy(
            of, d, pools, given_rules, can, replace(around, hold=of.holds.get(d.stock_key.location))
        )
        units = [x.units for x in found.findings]
        if found.difference is None:
            assert units == [None]
        else:
            assert sum(n for n in units if n is not None) == found.difference
            assert None not in units
            assert all(x.units or x.code in UNKNOWN for x in found.findings)
        assert all(x.evidence and x.next.endswith(".") for x in found.findings)
        assert len({x.code for x in found.findings}) == len(found.findings) or d.target is None


@relaxed
@given(known=knowns, stock=stocks, around=circumstances, hold=st.builds(keeps, numbers, st.integers(0, 9)))
def test_what_waits_to_be_sent_is_always_explained(
    known: StoreStock, stock: Pool, around: Circumstances, hold: Hold
) -> None:
    """And what nothing makes due never passes for explained."""
    inputs, pools = replace(case(known), holds={"": hold}), {"P": stock}
    for d in decide(inputs, pools, PLAIN, AVAILABLE):
        for due in (True, False):
            beside = replace(around, hold=hold, due=due, rules_changed=False)
            found = find_discrepancy(inputs, d, pools, PLAIN, AVAILABLE, beside)
            codes = {x.code for x in found.findings}
            assert not (due and FindingCode.NOT_EXPLAINED in codes)
            moved = codes & {FindingCode.LEVEL, FindingCode.ORDERS, FindingCode.RULES, FindingCode.FIRST}
            assert due or not moved
