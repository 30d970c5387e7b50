"""The sandbox keeps what it takes, and refuses what the document says is refused, in its words."""

import json
from typing import Any

import pytest

from connectors.inventory_api.options import PATH
from connectors.inventory_api.sandbox import TOKEN, Product, Sandbox, Shop, seed_catalogue, serve
from connectors.testing.client import SandboxClient, SandboxRefusedError
from connectors.testing.http import DroppedError, Request, Response

GOOD = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
SUIT = {"sku": "ZOOT-SUIT", "size": "34", "width": "D", "store": "3", "quantity": 44}
MUG = {"upc": "849632048260", "store": "3", "quantity": 12}


@pytest.fixture
def sandbox() -> Sandbox:
    shop = Shop({"3": "Main Street"})
    shop.add(Product("A", upc="849632048260"), {"3": 1})
    shop.add(Product("B", style="ZOOT-SUIT", size="34", width="D"))
    return Sandbox(shop)


def ask(sandbox: Sandbox, body: Any, method: str = "POST", path: str = PATH, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sandbox.handle(Request(method, f"http://shop{path}", {**GOOD, **headers}, raw))


@pytest.mark.states("update.lookup.example_upc", "update.lookup.example_sku")
def test_both_examples_of_the_document_are_taken(sandbox: Sandbox) -> None:
    for body in (MUG, SUIT):
        answer = ask(sandbox, body)
        assert (answer.status, answer.json()) == (200, {"success": True})
    assert (sandbox.shop.quantity("A", "3"), sandbox.shop.quantity("B", "3")) == (12, 44)


@pytest.mark.states("update.needed", "update.errors.missing_field")
@pytest.mark.parametrize(("body", "field"), [(body, field) for body in (MUG, SUIT) for field in body])
def test_each_missing_field_is_named_in_the_documents_words(sandbox: Sandbox, body: Any, field: str) -> None:
    answer = ask(sandbox, {name: value for name, value in body.items() if name != field})
    missing = "sku" if field == "upc" else field  # without a UPC the others are looked for, as the document prints
    assert (answer.status, answer.json()) == (400, {"error": f"Missing required field: {missing}"})


@pytest.mark.states("update.errors.bad_token")
@pytest.mark.parametrize("header", ["", TOKEN, "Bearer", "Bearer no", f"bearer {TOKEN}", f"Basic {TOKEN}", "Bearer Ä"])
def test_a_bad_token_is_refused_before_anything_else(sandbox: Sandbox, header: str) -> None:
    answer = ask(sandbox, {}, Authorization=header)
    assert (answer.status, answer.json()) == (401, {"error": "Invalid bearer token"})
    sandbox.token_status = 200
    assert ask(sandbox, MUG, Authorization=header).status == 200
    assert sandbox.shop.quantity("A", "3") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": "12"}, "Field quantity must be a whole number, 0 or more"),
        ({"quantity": -1}, "Field quantity must be a whole number, 0 or more"),
        ({"quantity": 1.5}, "Field quantity must be a whole number, 0 or more"),
        ({"quantity": True}, "Field quantity must be a whole number, 0 or more"),
        ({"quantity": None}, "Field quantity must be a whole number, 0 or more"),
        ({"store": 3}, "Field store must be a string"),
        ({"upc": 849632048260}, "Field upc must be a string"),
        ({"store": "03"}, "Unknown store: 03"),
        ({"upc": "0849632048260"}, "Product not found"),
    ],
)
def test_what_is_of_another_kind_or_unknown_is_refused(sandbox: Sandbox, change: Any, said: str) -> None:
    assert ask(sandbox, {**MUG, **change}).json() == {"error": said}
    sandbox.error_status = 200
    assert ask(sandbox, {**MUG, **change}).status == 200
    assert sandbox.shop.quantity("A", "3") == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_object_has_no_fields(sandbox: Sandbox, body: bytes) -> None:
    assert ask(sandbox, body).json() == {"error": "Missing required field: sku"}


@pytest.mark.states("update.endpoint", "update.json")
def test_other_addresses_methods_and_kinds_of_body(sandbox: Sandbox) -> None:
    assert ask(sandbox, MUG, path="/api/product").status == 404
    assert ask(sandbox, MUG, method="GET").status == 405
    assert ask(sandbox, MUG, **{"Content-Type": "text/plain"}).json() == {
        "error": "Content-Type must be application/json"
    }


@pytest.mark.parametrize(
    ("kind", "how"), [("drop", "closed"), ("refuse", "refused"), ("late", "timeout"), ("delay", "timeout")]
)
def test_a_connection_that_ends(sandbox: Sandbox, kind: str, how: str) -> None:
    sandbox.faults.add(kind, seconds=60)
    request = Request("POST", f"http://shop{PATH}", GOOD, json.dumps(MUG).encode(), client_timeout=30)
    with pytest.raises(DroppedError) as caught:
        sandbox.handle(request)
    assert caught.value.how == how
    assert sandbox.shop.quantity("A", "3") == 1
    sandbox.land()
    assert sandbox.shop.quantity("A", "3") == (12 if kind in ("late", "delay") else 1)


def test_the_file_of_its_merchant_follows(tmp_path: Any) -> None:
    shop = Shop({"3": "Main Street"}, tmp_path / "items.csv")
    ref = shop.add(Product('a "b"', upc="001"))
    shop.add(Product("C", style="X", size="09"))
    assert (tmp_path / "items.csv").read_text() == ('sku,upc,style,size,width\n"a ""b""",001,,,\nC,,X,09,-\n')
    shop.remove(ref)
    assert (tmp_path / "items.csv").read_text() == "sku,upc,style,size,width\nC,,X,09,-\n"


def test_the_same_seed_makes_the_same_goods() -> None:
    one, same, other = (Shop() for _ in range(3))
    for shop, seed in ((one, 1), (same, 1), (other, 2)):
        seed_catalogue(shop, 60, seed=seed)
    assert one.numbers() == same.numbers() != other.numbers()
    assert len({row["ref"] for row in one.numbers()}) == 60


def test_other_processes_see_and_do_everything(sandbox: Sandbox) -> None:
    with serve(sandbox) as served:
        behind = SandboxClient(served.url)
        ref = behind.do("product", sku="C", upc="42", units={"3": 5})["ref"]
        behind.do("stock", product=ref, code="3", units=6)
        assert [row["stock_quantity"] for row in behind.see("numbers") if row["ref"] == ref] == [6]
        assert behind.see("locations") == [{"id": "3", "name": "Main Street"}]
        behind.do("refuse", product="C", why="Locked")
        behind.do("statuses", error=422)
        assert ask(sandbox, {"upc": "42", "store": "3", "quantity": 1}).status == 422
        ask(sandbox, MUG)
        assert behind.see("written") == [{"ref": "upc:849632048260", "location": "3", "quantity": 12}]
        behind.do("fault", kind="status", status=503)
        assert ask(sandbox, MUG).status == 503
        assert behind.see("struck") == {"status": 1}
        behind.do("remove", product=ref)
        behind.do("seed", n=3)
        assert len(behind.see("numbers")) == 5
        behind.do("revoke")
        assert ask(sandbox, MUG).status == 401
        assert behind.see("calls") == {f"POST {PATH}": 4}
        with pytest.raises(SandboxRefusedError, match="KeyError"):
            behind.do("remove", product="nobody")
        behind.close()
