"""Products through the client, over a real connection to the sandbox: what is sent, what comes back, what is lost."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import SecretStr

from bridge.errors import (
    AmbiguousChangeError,
    BrokenAnswerError,
    OperatorSourceError,
    RetryableSourceError,
    SourceRefusalError,
    UnansweredChangeError,
)
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.parse import BadRow, Product, ProductSpec
from bridge.threeplguys.query import ProductQuery
from bridge.threeplguys.sandbox import TOKEN, Clock, Sandbox, Warehouse, serve
from bridge.transport.retry import RetryPolicy
from connectors.values import replace

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
PATH = "/v0/inventory/products"
EGGS = ProductSpec("Egg Shells", "ABC123", "Premium egg shells for baking")
T = TypeVar("T")


@pytest.fixture
def account() -> Sandbox:
    return Sandbox(Warehouse(clock=Clock(NOON)))


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
    made = source.products.create(EGGS)
    assert made == Product("1", "ABC123", "Egg Shells", NOON, False, EGGS.description, NOON)
    assert made.spec == EGGS
    wait(account)
    renamed = source.products.update(made, replace(made.spec, name="Egg Shells (Large)"))
    assert (renamed.name, renamed.description) == ("Egg Shells (Large)", EGGS.description)
    assert source.products.update(renamed, replace(EGGS, description="")).description == ""
    wait(account)
    gone = source.products.delete("1")
    assert gone.deleted
    assert gone.deleted_at == NOON + timedelta(minutes=2)
    assert source.products.get("1") == gone
    assert not source.products.restore("1").deleted
    assert [entry.description for entry in source.products.history("1") if not isinstance(entry, BadRow)] == [
        "Restored product Egg Shells (ABC123)",
        "Deleted product Egg Shells (ABC123)",
        "Updated product Egg Shells (ABC123)",
        "Updated product Egg Shells (Large) (ABC123)",
        "Created new product Egg Shells (ABC123)",
    ]
    assert sent(account) == ["POST", "PUT", "PUT", "DELETE", "GET", "PATCH", "GET"]


def test_an_id_is_escaped(source: SourceClient, account: Sandbox) -> None:
    account.world.prefix = "a/b ?#"
    made = source.products.create(EGGS)
    assert made.product == "a/b ?#1"
    assert source.products.get(made.product) == made
    assert source.products.delete(made.product).deleted


def test_a_deletion_that_is_answered_without_a_body_is_looked_at(source: SourceClient, account: Sandbox) -> None:
    account.switches.silent_deletes = True
    source.products.create(EGGS)
    assert source.products.delete("1").deleted
    assert sent(account) == ["POST", "DELETE", "GET"]


@pytest.mark.parametrize("created", [200, 201])
def test_either_status_of_success_will_do(source: SourceClient, account: Sandbox, created: int) -> None:
    account.switches.created = created
    assert source.products.create(EGGS).product == "1"
    assert sent(account) == ["POST"]


@pytest.mark.states(
    "3pl.products.list.search", "3pl.products.list.sku", "3pl.products.list.includeDeleted",
    "3pl.products.list.sortBy", "3pl.products.list.sortOrder", "3pl.products.list.skip", "3pl.products.list.take",
)  # fmt: skip
def test_a_list_is_asked_for_as_the_reference_says(source: SourceClient, account: Sandbox) -> None:
    wanted = ProductQuery(search="egg", include_deleted=True, sort_order="asc", sku="ABC123", sort_by="name")
    assert source.products.page(wanted, 10, 5) == []
    assert dict(account.log[-1].query) == {
        "search": "egg", "sku": "ABC123", "includeDeleted": "true", "sortBy": "name", "sortOrder": "asc",
        "skip": "10", "take": "5",
    }  # fmt: skip
    source.products.page(ProductQuery())
    assert dict(account.log[-1].query) == {"sortBy": "createdAt", "sortOrder": "desc", "skip": "0", "take": "50"}


@pytest.mark.states(
    "3pl.products.list.without_deleted", "3pl.products.list.search", "3pl.products.list.sku",
    "3pl.products.list.includeDeleted", "3pl.products.list.sortBy", "3pl.products.list.sortOrder",
)  # fmt: skip
def test_a_list_is_filtered_and_sorted(source: SourceClient, account: Sandbox) -> None:
    for sku, name in (("A1", "Eggs"), ("A2", "Flour"), ("B1", "Egg cups")):
        account.world.add(sku, name=name)
        wait(account)
    account.world.rename("A1", "Eggs")
    account.world.delete("A2")

    def skus(**asked: Any) -> list[str | None]:
        return [row.sku for row in source.products.page(ProductQuery(**asked))]

    assert skus(search="egg") == ["B1", "A1"]
    assert skus(sku="A2") == []
    assert skus(sku="A2", include_deleted=True) == ["A2"]
    assert skus(sort_by="updatedAt") == ["A1", "B1"]
    assert skus(sort_by="name", sort_order="asc") == ["B1", "A1"]
    assert skus(sort_by="sku", sort_order="asc", include_deleted=True) == ["A1", "A2", "B1"]


def test_the_whole_list_loses_nothing_while_it_moves(source: SourceClient, account: Sandbox) -> None:
    for number in range(120):
        account.world.add(f"SKU-{number:03}")
        wait(account, 1)
    account.world.delete("SKU-007")
    account.switches.max_take = 20  # a source that gives less than was asked for
    moves = iter(range(100))

    def disturb(request: Any) -> None:
        number = next(moves)
        account.world.rename(f"SKU-{number + 40:03}", f"A{number}")
        account.world.add(f"NEW-{number}")
        account.world.delete(f"SKU-{number + 60:03}")

    account.before = disturb
    rows = [row.sku for row in source.products.every(ProductQuery(include_deleted=True, sort_by="name"))]
    assert rows[:120] == [f"SKU-{number:03}" for number in range(120)]
    account.before = lambda _: None
    live = [row.sku for row in source.products.every(ProductQuery(search="sku-"))]
    assert "SKU-007" not in live
    assert len(live) == 119 - next(moves)


def test_a_short_list_costs_one_request(source: SourceClient, account: Sandbox) -> None:
    account.world.add("A")
    account.world.garble("A", sku=None)
    (row,) = source.products.every(ProductQuery())
    assert isinstance(row, Product)  # what the breakdown says wrongly, the catalogue says rightly
    assert sent(account) == ["GET"]


@pytest.mark.states(
    "3pl.products.errors.sku_in_use", "3pl.products.errors.still_has_stock", "3pl.products.errors.not_found",
    "3pl.products.get.not_ours", "3pl.products.delete.zero_stock", "3pl.products.unique_sku",
    "3pl.products.create.sku",
)  # fmt: skip
@pytest.mark.parametrize(
    ("act", "said", "status"),
    [
        (lambda products: products.create(EGGS), 'the product "ABC123" (400): SKU is already in use in your inventory.',
         "400"),
        (lambda products: products.delete("1"), "the product 1 (400): Cannot delete a product that still has stock.",
         "400"),
        (lambda products: products.get("9"), "the product 9 (404): Product not found.", "404"),
        (lambda products: list(products.history("9")), "the product 9 (404): Product not found.", "404"),
        (lambda products: products.delete("9"), "the product 9 (404): Product not found.", "404"),
        (lambda products: products.restore("9"), "the product 9 (404): Product not found.", "404"),
    ],
)  # fmt: skip
def test_the_servers_own_sentence_comes_through(
    source: SourceClient, account: Sandbox, act: Callable[[Any], object], said: str, status: str
) -> None:
    account.world.add("ABC123", 3)
    with pytest.raises(SourceRefusalError) as caught:
        act(source.products)
    assert str(caught.value) == f"The warehouse API at 127.0.0.1 refused {said}"
    assert caught.value.sentence == said.partition("): ")[2].removesuffix(".")
    assert caught.value.status == status
    assert account.calls.total() == 1


def test_what_the_server_says_of_fields_comes_through(account: Sandbox) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": "Validation failed", "properties": {"sku": "is odd", "name": 7}})

    http = httpx.Client(transport=httpx.MockTransport(handler))
    with pytest.raises(SourceRefusalError) as caught:
        SourceClient("https://api.example.com", SecretStr(TOKEN), http=http).products.create(EGGS)
    assert str(caught.value).endswith('refused the product "ABC123" (400): Validation failed; sku: is odd.')
    assert caught.value.faults == ("sku: is odd",)


@pytest.mark.states("3pl.products.create.name", "3pl.products.create.sku")
@pytest.mark.parametrize(
    ("new", "said"),
    [
        (ProductSpec("E", "ABC"), "the name has fewer than 2 characters"),
        (ProductSpec("", "A"), "the name has fewer than 2 characters; the SKU has fewer than 2 characters"),
    ],
)
def test_limits_are_checked_before_anything_is_sent(
    source: SourceClient, account: Sandbox, new: ProductSpec, said: str
) -> None:
    with pytest.raises(SourceRefusalError) as caught:
        source.products.create(new)
    assert str(caught.value) == f'Nothing was sent for the product "{new.sku}": {said}.'
    assert (caught.value.faults, caught.value.status) == (tuple(said.split("; ")), "unsent")
    assert sent(account) == []


@pytest.mark.states("3pl.products.create.sku_stays", "3pl.products.unique_sku", "3pl.products.update.name")
def test_a_sku_stays(source: SourceClient, account: Sandbox) -> None:
    have = source.products.create(EGGS)
    with pytest.raises(SourceRefusalError, match="the SKU cannot be changed after creation; create a new product and"):
        source.products.update(have, replace(EGGS, sku="OTHER"))
    with pytest.raises(SourceRefusalError, match="the name has fewer"):
        source.products.update(have, replace(EGGS, name="E"))
    assert sent(account) == ["POST"]


LOST = ["drop", "torn", "cut", "500", "502", "503", "html", "object", "stall"]


@pytest.mark.parametrize("kind", LOST)
def test_a_creation_whose_answer_is_lost_is_found_by_its_sku(source: SourceClient, account: Sandbox, kind: str) -> None:
    account.world.add("OTHER")
    account.faults.add(kind, after=True)
    assert source.products.create(EGGS).product == "2"
    assert sent(account) == ["POST", "GET"]
    assert account.log[-1].query["sku"] == "ABC123"
    assert len(account.world) == 2


@pytest.mark.parametrize("kind", ["drop", "500", "502", "html", "object", "stall"])
def test_a_creation_that_was_not_made_is_sent_again(source: SourceClient, account: Sandbox, kind: str) -> None:
    account.faults.add(kind)
    assert source.products.create(EGGS).product == "1"
    assert sent(account)[:3] == ["POST", "GET", "POST"]


def test_a_creation_that_lands_late_is_found_when_its_repetition_is_refused(
    source: SourceClient, account: Sandbox
) -> None:
    account.faults.add("late")
    posts = 0

    def land(request: Any) -> None:
        nonlocal posts
        posts += request.method == "POST"
        if posts == 2:
            account.land()

    account.before = land
    assert source.products.create(EGGS).product == "1"
    assert sent(account) == ["POST", "GET", "POST", "GET"]
    assert len(account.world) == 1


def test_a_sku_that_was_in_use_before_is_refused_although_the_answer_was_lost(
    source: SourceClient, account: Sandbox
) -> None:
    account.world.add("ABC123", name=EGGS.name, description=EGGS.description)
    wait(account)
    account.faults.add("drop")
    with pytest.raises(SourceRefusalError, match="SKU is already in use in your inventory"):
        source.products.create(EGGS)


@pytest.mark.parametrize("dated", [True, False])
def test_where_it_cannot_be_told_whose_it_is_a_person_is_asked(
    source: SourceClient, account: Sandbox, dated: bool
) -> None:
    """Somebody else created that SKU meanwhile; or nobody knows what the source's clock says."""
    account.switches.date = dated
    account.faults.add("drop", after=not dated)
    if dated:
        account.before = lambda r: (
            r.method == "GET" and not account.world.find("ABC123") and account.world.add("ABC123")
        )
    with pytest.raises(AmbiguousChangeError, match=r'the creation of the product "ABC123" was lost, .* id 1\. Look at'):
        source.products.create(EGGS)


def test_in_an_outage_nobody_knows_and_it_says_so(source: SourceClient, account: Sandbox) -> None:
    account.faults.add("503", times=-1, after=True)
    with pytest.raises(UnansweredChangeError) as caught:
        source.products.create(EGGS)
    assert str(caught.value) == (
        "The warehouse API at 127.0.0.1 is in trouble (503); whether that was done which was asked of the product"
        ' "ABC123" is not known. Wait a minute, then look before you ask again.'
    )
    assert caught.value.exit_code == 75
    assert sent(account).count("POST") == 1


@pytest.mark.parametrize("answer", [401, 503])
def test_whatever_ends_the_search_it_says_that_nobody_knows(answer: int) -> None:
    """The token may be revoked meanwhile, or the source go away for good once it was looked for."""
    answers = iter([(500, None), (200, list[object]()), (answer, None)])

    def handler(_: httpx.Request) -> httpx.Response:
        status, body = next(answers, (answer, None))
        return httpx.Response(status, json=body)

    http = httpx.Client(transport=httpx.MockTransport(handler))
    with pytest.raises(UnansweredChangeError, match='asked of the product "ABC123" is not known'):
        SourceClient("https://api.example.com", SecretStr(TOKEN), http=http).products.create(EGGS)


def test_it_is_not_sent_for_ever(source: SourceClient, account: Sandbox) -> None:
    account.before = lambda request: request.method == "POST" and account.faults.add("drop")
    with pytest.raises(UnansweredChangeError):
        source.products.create(EGGS)
    assert sent(account) == ["POST", "GET"] * 3


def test_what_was_certainly_not_made_is_the_senders_to_repeat(source: SourceClient, account: Sandbox) -> None:
    account.faults.add("429", times=2)
    source.products.create(EGGS)
    assert sent(account) == ["POST"] * 3


def test_every_request_is_counted_by_how_it_ended(account: Sandbox) -> None:
    policy = RetryPolicy(wait=lambda _: None, before=lambda: None)
    account.faults.add("500", after=True)
    account.faults.add("drop")
    http = httpx.Client(transport=account.transport())
    SourceClient("https://api.example.com", SecretStr(TOKEN), http=http, send=policy).products.create(EGGS)
    assert policy.calls == {"500": 1, "none": 1, "200": 1}


@pytest.mark.parametrize(("kind", "after"), [("drop", True), ("drop", False), ("stall", True), ("500", False)])
@pytest.mark.parametrize("act", ["update", "delete", "restore"])
def test_other_changes_are_looked_at_before_they_are_sent_again(
    source: SourceClient, account: Sandbox, act: str, kind: str, after: bool
) -> None:
    have = source.products.create(EGGS)
    if act == "restore":
        source.products.delete("1")
    account.log.clear()
    account.faults.add(kind, after=after)
    if act == "update":
        assert source.products.update(have, replace(EGGS, name="New")).name == "New"
    else:
        assert getattr(source.products, act)("1").deleted is (act == "delete")
    word = {"update": "PUT", "delete": "DELETE", "restore": "PATCH"}[act]
    assert sent(account) == [word, "GET"] + ([] if after else [word, "GET"])


def test_an_unreadable_word_of_success_is_no_reason_to_send_it_again() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(201, json={"id": "7", "sku": None})

    http = httpx.Client(transport=httpx.MockTransport(handler))
    source = SourceClient("https://api.example.com", SecretStr(TOKEN), http=http, send=insisting)
    with pytest.raises(AmbiguousChangeError, match=r"describes it \(id 7\) in a way that cannot be read: sku"):
        source.products.create(EGGS)
    assert asked == ["POST"]


def test_what_can_be_read_of_nothing_is_an_outage_and_an_address_is_no_product() -> None:
    answers = iter([(200, {"id": "7", "sku": None}), (200, []), (404, None)])

    def handler(_: httpx.Request) -> httpx.Response:
        status, body = next(answers)
        return httpx.Response(status, json=body)

    http = httpx.Client(transport=httpx.MockTransport(handler))
    source = SourceClient("https://api.example.com", SecretStr(TOKEN), http=http)
    with pytest.raises(BrokenAnswerError, match="describes the product 7 in a way that cannot be read: sku is missing"):
        source.products.get("7")
    with pytest.raises(BrokenAnswerError, match="JSON of another shape"):
        source.products.get("7")
    with pytest.raises(OperatorSourceError, match="base_url"):
        source.products.get("7")


@pytest.mark.states("3pl.products.scope")
@pytest.mark.parametrize(("status", "remedy"), [(401, "THREEPLGUYS_TOKEN"), (403, "scope `inventory`")])
def test_a_token_that_may_not_is_an_operators_error(status: int, remedy: str) -> None:
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, json={"error": "No"})))
    source = SourceClient("https://api.example.com", SecretStr(TOKEN), http=http)
    with pytest.raises(OperatorSourceError, match=remedy):
        source.products.create(EGGS)
    with pytest.raises(OperatorSourceError, match=remedy):
        source.products.get("1")
