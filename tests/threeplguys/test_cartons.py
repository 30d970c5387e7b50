"""Cartons through the client, over a real connection to the sandbox: what is sent, what comes back, what is lost."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import SecretStr

from bridge.core.measure import Length, Weight
from bridge.errors import AmbiguousChangeError, RetryableSourceError, SourceRefusalError, UnansweredChangeError
from bridge.threeplguys.cartons import Carton, CartonLevel, CartonSpec, Dimensions, Packed
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.parse import BadRow
from bridge.threeplguys.query import CartonQuery
from bridge.threeplguys.sandbox import TOKEN, Clock, Sandbox, Warehouse, serve
from connectors.values import replace

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
BOX = Dimensions(Length.of(12, "inch"), Length.of(10, "inch"), Length.of(8, "inch"))
CASE = CartonSpec((Packed("1", 10),), BOX, Weight.of(5, "pound"), "10-Pack Case")
T = TypeVar("T")


@pytest.fixture
def account() -> Sandbox:
    made = Sandbox(Warehouse(clock=Clock(NOON)))
    made.world.add("ABC123", name="Egg Shells")
    return made


def insisting(request: Callable[[], T]) -> T:
    """A Sender that asks up to four times, without a wait."""
    for _ in range(3):
        try:
            return request()
        except RetryableSourceError:
            continue
    return request()


@pytest.fixture
def source(account: Sandbox, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[SourceClient]:
    """Soon at the end of its patience where the sandbox says nothing; elsewhere a busy machine may take its time."""
    if any(word in request.node.name for word in ("stall", "late", "still")):
        monkeypatch.setattr("bridge.threeplguys.edge.TIMEOUT", httpx.Timeout(10.0, read=2.0))
    with serve(account) as server, closing(SourceClient(server.url, SecretStr(TOKEN), send=insisting)) as made:
        yield made


def wait(account: Sandbox, seconds: float = 60) -> None:
    account.world.clock.move(timedelta(seconds=seconds))  # type: ignore[attr-defined]


def sent(account: Sandbox) -> list[str]:
    return [request.method for request in account.log]


def test_a_whole_life(source: SourceClient, account: Sandbox) -> None:
    made = source.cartons.create(CASE)
    held = (Packed("1", 10, "Egg Shells", "ABC123"),)
    assert made == Carton("1", "10-Pack Case", held, BOX, CASE.weight, NOON, created_at=NOON)
    assert source.cartons.update(made, replace(CASE, name="Shipping Case")).name == "Shipping Case"
    assert source.cartons.delete("1").deleted
    assert not source.cartons.restore("1").deleted
    account.world.cartons.set_count("1", 15)
    said = [entry.description for entry in source.cartons.history("1") if not isinstance(entry, BadRow)]
    assert said[0] == "Updated carton count '0' changed to '15' for 'Shipping Case' carton type."
    assert said[-1] == 'Created carton type "10-Pack Case" (10 units per carton)'
    assert sent(account) == ["POST", "PUT", "DELETE", "PATCH", "GET"]


@pytest.mark.states("3pl.cartons.create.name")
def test_a_name_may_be_left_to_the_source(source: SourceClient) -> None:
    assert source.cartons.create(replace(CASE, name="")).name


def test_sizes_go_out_in_one_unit_and_come_back_exactly(source: SourceClient) -> None:
    sizes = Dimensions(Length.of("12.1", "inch"), Length.of(25.4, "cm"), Length.of(1, "foot"))
    made = source.cartons.create(replace(CASE, dimensions=sizes, weight=Weight.of("0.1", "kilogram")))
    assert made.dimensions == sizes
    assert str(made.dimensions) == "12.1 inch × 10 inch × 12 inch"
    assert str(made.weight) == "0.1 kilogram"


@pytest.mark.states(
    "3pl.cartons.list.search", "3pl.cartons.list.productId", "3pl.cartons.list.includeDeleted",
    "3pl.cartons.list.sortBy", "3pl.cartons.list.sortOrder", "3pl.cartons.list.skip", "3pl.cartons.list.take",
)  # fmt: skip
def test_a_list_is_asked_for_as_the_reference_says(source: SourceClient, account: Sandbox) -> None:
    wanted = CartonQuery(search="10-pack", include_deleted=True, sort_order="asc", product="1", sort_by="updatedAt")
    assert source.cartons.page(wanted, 10, 5) == []
    assert dict(account.log[-1].query) == {
        "search": "10-pack", "productId": "1", "includeDeleted": "true", "sortBy": "updatedAt", "sortOrder": "asc",
        "skip": "10", "take": "5",
    }  # fmt: skip
    for _ in range(60):
        account.world.cartons.add("ABC123", 2)
    assert len(list(source.cartons.every(CartonQuery()))) == 60


@pytest.mark.states(
    "3pl.guide.cartons.take", "3pl.levels.cartons.updatedSince", "3pl.levels.cartons.includeDeleted",
    "3pl.levels.cartons.skip", "3pl.levels.cartons.take", "3pl.levels.cartons.deletedAt",
    "3pl.levels.cartons.deleted_is_zero",
)  # fmt: skip
def test_levels_of_cartons_are_pulled_as_those_of_products(source: SourceClient, account: Sandbox) -> None:
    for number in range(120):
        account.world.cartons.set_count(account.world.cartons.add("ABC123", 2).id, number)
    account.world.cartons.set_count("7", 0)
    account.world.cartons.delete("7")
    account.world.cartons.garble("9", quantity=None)
    rows = [row for page in source.carton_levels(None) for row in page]
    assert {row.carton: dict(row.cartons) for row in rows if isinstance(row, CartonLevel)} == {
        str(number + 1): {} if number == 6 else {"1": number} for number in range(120) if number != 8
    }
    assert [(row.product, row.reason) for row in rows if isinstance(row, BadRow)] == [
        ("9", "quantity is missing or null")
    ]
    wait(account)
    account.world.cartons.receive("20", 1)
    assert [row.updated_at for page in source.carton_levels(NOON) for row in page] == [NOON + timedelta(minutes=1)]
    assert dict(account.log[-2].query) == {
        "includeDeleted": "true", "skip": "0", "take": "50", "updatedSince": "2026-03-07T12:00:00.000Z",
    }  # fmt: skip


@pytest.mark.states(
    "3pl.cartons.errors.product_not_found", "3pl.cartons.errors.still_has_stock", "3pl.cartons.errors.not_found",
    "3pl.cartons.get.not_ours", "3pl.cartons.delete.zero_stock",
)  # fmt: skip
@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda cartons: cartons.create(replace(CASE, contents=(Packed("9", 10),))),
         'the carton "10-Pack Case" of 10 of the product 9 (400): Product not found.'),
        (lambda cartons: cartons.delete("1"), "the carton 1 (400): Cannot delete a carton that still has stock."),
        (lambda cartons: cartons.get("9"), "the carton 9 (404): Carton not found."),
        (lambda cartons: list(cartons.history("9")), "the carton 9 (404): Carton not found."),
        (lambda cartons: cartons.restore("9"), "the carton 9 (404): Carton not found."),
    ],
)  # fmt: skip
def test_the_servers_own_sentence_comes_through(
    source: SourceClient, account: Sandbox, act: Callable[[Any], object], said: str
) -> None:
    account.world.cartons.add("ABC123", 10)
    account.world.cartons.set_count("1", 3)
    with pytest.raises(SourceRefusalError) as caught:
        act(source.cartons)
    assert str(caught.value) == f"The warehouse API at 127.0.0.1 refused {said}"


@pytest.mark.states("3pl.cartons.errors.one_product")
def test_the_sentence_about_one_product_per_carton_comes_through() -> None:
    """Nothing that the client itself lets pass would be answered so, unless 3PLGuys becomes stricter."""
    said = "Only one product per carton is supported at this time"
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(400, json={"error": said})))
    source = SourceClient("https://api.example.com", SecretStr(TOKEN), http=http)
    with pytest.raises(SourceRefusalError) as caught:
        source.cartons.create(CASE)
    assert caught.value.sentence == said


@pytest.mark.states("3pl.cartons.create.contents", "3pl.cartons.create.quantity")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "A"}, "the name has fewer than 2 characters"),
        ({"contents": ()}, "it holds 0 products, and a carton holds exactly one"),
        ({"contents": (Packed("1", 1), Packed("2", 0))},
         "it holds 2 products, and a carton holds exactly one; it holds 0 units, and the least is 1"),
        ({"dimensions": replace(BOX, width=Length.of(0, "inch"))}, "its width is 0 inch"),
        ({"dimensions": replace(BOX, width=Length.of(10, "mm"))},
         "its width is 50/127 inch, which no decimal number says exactly"),
        ({"weight": Weight(Fraction(-1, 3), "pound")}, "its weight is -1/3 pound"),
    ],
)  # fmt: skip
def test_limits_are_checked_before_anything_is_sent(
    source: SourceClient, account: Sandbox, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(SourceRefusalError) as caught:
        source.cartons.create(replace(CASE, **changes))
    assert str(caught.value).partition(": ")[2] == f"{said}."
    assert sent(account) == []


@pytest.mark.states(
    "3pl.cartons.update.name_only", "3pl.cartons.update.name", "3pl.cartons.create.immutable",
    "3pl.cartons.set_at_creation",
)  # fmt: skip
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contents": (Packed("1", 9),)}, "the contents cannot be changed after creation; create a new carton and"),
        ({"dimensions": replace(BOX, height=Length.of(9, "inch"))}, "the dimensions cannot be changed after creation"),
        ({"weight": Weight.of(6, "pound")}, "the weight cannot be changed after creation"),
        ({"name": ""}, "the name has fewer than 2 characters"),
    ],
)
def test_only_the_name_can_be_changed(
    source: SourceClient, account: Sandbox, changes: dict[str, Any], said: str
) -> None:
    have = source.cartons.create(CASE)
    with pytest.raises(SourceRefusalError, match=f"Nothing was sent for the carton 1: {said}"):
        source.cartons.update(have, replace(CASE, **changes))
    assert sent(account) == ["POST"]


def test_the_same_size_in_another_unit_is_no_change(source: SourceClient) -> None:
    have = source.cartons.create(CASE)
    metric = Dimensions(*(size.to("millimeter") for size in (BOX.length, BOX.width, BOX.height)))
    assert source.cartons.update(have, replace(CASE, name="Metric", dimensions=metric)).name == "Metric"


@pytest.mark.parametrize("kind", ["drop", "torn", "cut", "500", "502", "html", "stall"])
def test_a_creation_whose_answer_is_lost_is_found_by_what_it_is_made_of(
    source: SourceClient, account: Sandbox, kind: str
) -> None:
    account.world.cartons.add("ABC123", 10, name=CASE.name)  # another one of the kind, from before
    wait(account)
    account.world.cartons.add("ABC123", 12, name=CASE.name)
    account.faults.add(kind, after=True)
    assert source.cartons.create(CASE).carton == "3"
    assert sent(account) == ["POST", "GET"]
    assert account.log[-1].query["productId"] == "1"
    assert len(account.world.cartons.listing()) == 3


@pytest.mark.parametrize("kind", ["drop", "500", "502", "html"])
def test_a_creation_that_was_not_made_is_sent_again(source: SourceClient, account: Sandbox, kind: str) -> None:
    account.faults.add(kind)
    assert source.cartons.create(CASE).carton == "1"
    assert sent(account) == ["POST", "GET", "POST", "GET"]


def test_one_that_may_still_be_made_is_not_sent_again(source: SourceClient, account: Sandbox) -> None:
    """Nothing there keeps a carton from being created twice."""
    account.faults.add("late")
    with pytest.raises(UnansweredChangeError, match='the carton "10-Pack Case" of 10 of the product 1 is not known'):
        source.cartons.create(CASE)
    account.land()
    assert sent(account) == ["POST", "GET"]
    assert len(account.world.cartons.listing()) == 1


def test_two_of_a_kind_in_a_row_are_not_taken_for_each_other(source: SourceClient, account: Sandbox) -> None:
    first = source.cartons.create(CASE)
    account.faults.add("drop")
    second = source.cartons.create(CASE)
    assert (first.carton, second.carton) == ("1", "2")


@pytest.mark.parametrize("name", ["", "10-Pack Case"])
def test_one_that_lands_beside_its_repetition_is_a_persons_matter(
    source: SourceClient, account: Sandbox, name: str
) -> None:
    """A gateway gave up, nothing showed, it was sent again, and then the first one was made as well."""
    account.faults.add("502")

    def land(request: Any) -> None:
        if sent(account) == ["POST", "GET", "POST"]:
            account.world.cartons.add("ABC123", 10, name=CASE.name)

    account.before = land
    with pytest.raises(AmbiguousChangeError, match=r"which is its work: id \d, \d\. Look at the cartons there"):
        source.cartons.create(replace(CASE, name=name))


def test_a_stranger_of_another_name_is_a_persons_matter_too(source: SourceClient, account: Sandbox) -> None:
    account.faults.add("drop")
    account.before = lambda request: request.method == "GET" and account.world.cartons.add("ABC123", 10, name="Other")
    with pytest.raises(AmbiguousChangeError, match=r"it cannot be told which is its work: id 1\."):
        source.cartons.create(CASE)


def test_without_a_date_an_older_one_of_the_kind_is_in_doubt(source: SourceClient, account: Sandbox) -> None:
    account.world.cartons.add("ABC123", 10, name=CASE.name)
    wait(account)
    account.switches.date = False
    account.faults.add("drop")
    with pytest.raises(AmbiguousChangeError):
        source.cartons.create(CASE)
