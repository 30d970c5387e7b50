"""The suite itself: a connector with every skill passes it, and one that breaks a promise does not."""

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.base import Batch, Listing, OrderLine, Outcome, Reading, Sender, Verdict, send_once
from connectors.skills import Unreadable
from connectors.testing.contract import ConnectorContract
from connectors.testing.memory import BlindMemoryConnector, MemoryConnector
from connectors.testing.rows import RowsContract
from connectors.testing.skills import SkillsContract
from connectors.values import replace

from .test_contract import MemoryHarness

Told = tuple[Listing | None, Sequence[Reading]]


class Harness(MemoryHarness):
    """kind: the connector that is tried. spoiled: what breaks the list."""

    def __init__(self, kind: type[MemoryConnector]) -> None:
        super().__init__()
        self.kind, self.spoiled = kind, set[str]()

    def connect(self, send: Sender) -> MemoryConnector:
        made = self.kind(self.store, SecretStr(self.secrets[0]), self._losing(send))
        if isinstance(made, Skilled):
            made.harness = self
        return made

    def edit(self, ref: str, units: int) -> None:
        super().edit(ref, units)
        self.store.products[ref].changed_at = self.now()

    def spoil(self, ref: str) -> None:
        self.spoiled.add(ref)


class Skilled(MemoryConnector):
    """The example with every skill."""

    harness: Harness
    pace = 1
    told_at: datetime | None = None
    cursor: float | None = None

    class Options(MemoryConnector.Options):
        @classmethod
        def together(cls, given: Mapping[str, object]) -> str | None:
            return "give a shop" if given.get("shop") == "x" else None

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.pace = state["pace"] if isinstance(state.get("pace"), int) else 1

    def dump_state(self) -> dict[str, Any]:
        return {"pace": self.pace}

    def push(self, batch: Batch) -> Sequence[Outcome]:
        self.pace += 1
        return super().push(batch)

    def read_at(self) -> datetime | None:
        return self.told_at

    def lag(self) -> timedelta:
        return timedelta(0)

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        self.told_at = self._store.now
        return (x for x in super().listings(changed_since) if not self.hides(x.ref))

    def listings_with_readings(self) -> Iterator[Told]:
        return ((x, rows) for x, rows in super().listings_with_readings() if not (x and self.hides(x.ref)))

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        self.told_at = self._store.now
        yield from super().changes(since)
        if self.cursor is not None:
            edited = (r for r, p in self._store.products.items() if p.changed_at.timestamp() > self.cursor)
            yield from (OrderLine(ref, self._store.now) for ref in edited)

    def resume_edits(self, cursor: Mapping[str, Any]) -> None:
        self.cursor = cursor.get("at")

    def edits_cursor(self) -> Mapping[str, Any]:
        return {"at": self._store.now.timestamp()}

    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        return (line for line in super().changes(None) if line.order in known)

    def shop_id(self) -> str:
        return "corner"

    def unreadable(self) -> list[Unreadable]:
        return [Unreadable("listing", ref, "it breaks off") for ref in sorted(self.harness.spoiled)]

    def hides(self, ref: str) -> bool:
        return ref in self.harness.spoiled


class TestSkilled(ConnectorContract):
    @pytest.fixture
    def harness(self) -> Harness:
        return Harness(Skilled)


# ---------------------------------------------------------------- each promise, broken


class ForgetsWhen(Skilled):
    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        return super().listings(None)

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        return super().changes(None)


class Scatters(MemoryConnector):
    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        rows = list(super().read(refs))
        return iter([*(replace(row, location="L1") for row in rows), *(replace(row, location="L2") for row in rows)])

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        return iter(sorted(super().changes(since), key=lambda line: line.ref))


class ShowsWhatCannotBeRead(BlindMemoryConnector):
    read = MemoryConnector.read


class ClaimsWhatWasRefused(MemoryConnector):
    def push(self, batch: Batch) -> Sequence[Outcome]:
        return [replace(said, verdict=Verdict.APPLIED) for said in super().push(batch)]


class WritesWhatItRefuses(MemoryConnector):
    def push(self, batch: Batch) -> Sequence[Outcome]:
        for update in batch.updates:
            self._store.products[update.ref].stock = update.quantity
        return super().push(batch)


class LearnsNothing(Skilled):
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Nothing is taken over."""


class KeepsItsKey(Skilled):
    def dump_state(self) -> dict[str, Any]:
        return {"key": self._key.get_secret_value()}


class KeepsMoreThanJson(Skilled):
    def dump_state(self) -> dict[str, Any]:
        return {"pace": (1, 2)}


class BelievesAnyState(Skilled):
    def load_state(self, state: Mapping[str, Any]) -> None:
        self.pace = int(state["pace"])


class TellsTheNewestTime(Skilled):
    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        self.told_at = self._store.now
        return super().read(refs)


class TellsOurTime(Skilled):
    def read_at(self) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)


class TellsNoTime(Skilled):
    def read_at(self) -> None:
        return None


class SeesNoEdit(Skilled):
    def resume_edits(self, cursor: Mapping[str, Any]) -> None:
        self.cursor = None


class SeesEveryEdit(Skilled):
    def resume_edits(self, cursor: Mapping[str, Any]) -> None:
        self.cursor = 0.0


class KeepsAMoment(Skilled):
    def edits_cursor(self) -> Mapping[str, Any]:
        return {"at": self._store.now}


class SaysNothingOfWhatIsOver(Skilled):
    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        return (line for line in super().refetched(known) if line.committed)


class SaysAllIsOpen(Skilled):
    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        return (replace(line, committed=4) for line in super().refetched(known))


class SaysAllIsOver(Skilled):
    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        return (replace(line, committed=0) for line in super().refetched(known))


class IsAnotherShopEachTime(Skilled):
    numbers = itertools.count()

    def shop_id(self) -> str:
        return f"shop {next(self.numbers)}"


class NamesNobody(Skilled):
    def unreadable(self) -> list[Unreadable]:
        return []


class HidesEverything(Skilled):
    def hides(self, ref: str) -> bool:
        return True


class NamesEverything(Skilled):
    def unreadable(self) -> list[Unreadable]:
        return [Unreadable("listing", ref, "it breaks off") for ref in self._store.products]


class BreaksOffTheList(Skilled):
    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        for listing in MemoryConnector.listings(self, changed_since):
            if self.hides(listing.ref):
                return
            yield listing


class TellsOnlyListings(Skilled):
    def listings_with_readings(self) -> Iterator[Told]:
        return ((listing, ()) for listing, _ in super().listings_with_readings())


class TellsOnlyWhatHasASku(Skilled):
    def listings_with_readings(self) -> Iterator[Told]:
        return ((listing, rows) for listing, rows in super().listings_with_readings() if listing and listing.sku)


class PagesByPlace(Skilled):
    def listings_with_readings(self) -> Iterator[Told]:
        place = 0
        while page := list(super().listings_with_readings())[place : place + 100]:
            yield from page
            place += 100


class BeginsAnew(Skilled):
    def listings_with_readings(self) -> Iterator[Told]:
        self.told_at = self._store.now
        return super().listings_with_readings()


class BreaksOffWhatIsToldTogether(Skilled):
    def listings_with_readings(self) -> Iterator[Told]:
        told = MemoryConnector.listings_with_readings(self)
        return takewhile(lambda pair: pair[0] is not None and not self.hides(pair[0].ref), told)


class JudgesOnlyWhatIsRight(Skilled):
    class Options(MemoryConnector.Options):
        @classmethod
        def together(cls, given: Mapping[str, object]) -> str | None:
            return None if given["shop"] else "give a shop"


BROKEN: Mapping[str, tuple[type[MemoryConnector], ...]] = {
    "test_listings_since_leave_out_what_did_not_change": (ForgetsWhen,),
    "test_the_readings_of_one_listing_come_next_to_each_other": (Scatters, ShowsWhatCannotBeRead),
    "test_the_lines_of_one_order_come_next_to_each_other": (Scatters,),
    "test_changes_since_leave_out_orders_that_did_not_change": (ForgetsWhen,),
    "test_a_refusal_does_not_pass_as_applied": (ClaimsWhatWasRefused, WritesWhatItRefuses),
    "test_what_was_learned_is_handed_on": (LearnsNothing, KeepsItsKey, KeepsMoreThanJson),
    "test_a_state_that_cannot_be_read_is_ignored": (BelievesAnyState,),
    "test_listings_told_with_their_readings_are_as_told_apart": (TellsOnlyListings, TellsOnlyWhatHasASku),
    "test_a_list_that_moves_while_it_is_told_loses_nothing": (PagesByPlace, TellsOnlyListings),
    "test_the_time_told_with_a_list_is_that_of_the_orders_ahead_of_it": (BeginsAnew,),
    "test_what_breaks_the_list_is_left_out_where_readings_are_told_with_it": (BreaksOffWhatIsToldTogether,),
    "test_it_tells_the_time_of_its_oldest_answer": (TellsTheNewestTime, TellsOurTime, TellsNoTime),
    "test_an_edit_is_told_from_where_the_last_look_ended": (SeesNoEdit, SeesEveryEdit, KeepsAMoment),
    "test_an_order_believed_open_is_told_as_it_is": (SaysNothingOfWhatIsOver, SaysAllIsOpen),
    "test_an_order_that_is_open_is_not_told_as_over": (SaysAllIsOver,),
    "test_a_shop_says_who_it_is_and_the_same_each_time": (IsAnotherShopEachTime,),
    "test_nothing_is_set_aside_that_can_be_read": (HidesEverything, NamesEverything),
    "test_a_listing_that_breaks_the_list_is_left_out_and_named": (NamesNobody, BreaksOffTheList),
    "test_options_that_are_judged_together_may_be_wrong_each": (JudgesOnlyWhatIsRight,),
}
"""Promise → connectors that break it."""

PAIRS = [(name, broken) for name, every in BROKEN.items() for broken in every]


def run(name: str, kind: type[MemoryConnector]) -> None:
    """One test of the suite on one connector."""
    harness = Harness(kind)
    test: Callable[..., None] = getattr(TestSkilled(), name)
    known = {"harness": harness, "connector": harness.connect(send_once), "others": 2}
    test(**{wanted: known[wanted] for wanted in inspect.signature(test).parameters})


@pytest.mark.parametrize(("name", "broken"), PAIRS, ids=[f"{broken.__name__}-{name}" for name, broken in PAIRS])
def test_the_suite_notices_what_is_broken(name: str, broken: type[MemoryConnector]) -> None:
    run(name, Skilled)
    with pytest.raises((AssertionError, TypeError, KeyError, ValueError)):
        run(name, broken)


def test_every_promise_was_broken_once() -> None:
    named = {name for part in (RowsContract, SkillsContract) for name in vars(part) if name.startswith("test_")}
    assert named == set(BROKEN)
