"""The sandbox fails when told to, counts what it is asked, and lives on a real port."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from connectors.shopify.sandbox import Address, Sandbox, Shop, serve

from .asking import HEADERS, PATH, PUSH, SHOP, finish

pytestmark = pytest.mark.usefixtures("two")


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def sandbox(shop: Shop, naps: list[float]) -> Sandbox:
    return Sandbox(shop, sleep=naps.append)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    base = "https://sandbox.myshopify.com"
    with httpx.Client(base_url=base, headers=HEADERS, timeout=5, transport=sandbox.transport()) as client:
        yield client


# Faults


def post(client: httpx.Client, text: str = SHOP, **variables: Any) -> httpx.Response:
    return client.post(PATH, json={"query": text, "variables": variables})


def push(client: httpx.Client, shop: Shop, units: int = 9) -> httpx.Response:
    level = shop.level("A")
    row = {"inventoryItemId": level.item.id, "locationId": level.location.id, "quantity": units}
    given = {"name": "on_hand", "reason": "correction", "quantities": [row | {"changeFromQuantity": None}]}
    return post(client, PUSH, input=given, key=f"push-{units}")


@pytest.mark.parametrize(
    ("kind", "settings", "error", "units"),
    [
        pytest.param("drop", {}, httpx.RemoteProtocolError, 5, id="lost request"),
        pytest.param("drop", {"after": True}, httpx.RemoteProtocolError, 9, id="lost reply"),
        pytest.param("refuse", {}, httpx.ConnectError, 5, id="refused"),
        pytest.param("late", {}, httpx.ReadTimeout, 5, id="under way"),
        pytest.param("delay", {"seconds": 6}, httpx.ReadTimeout, 5, id="slower than the client waits"),
    ],
)
def test_a_connection_that_ends_without_an_answer(
    sandbox: Sandbox,
    shop: Shop,
    client: httpx.Client,
    kind: str,
    settings: dict[str, Any],
    error: type[Exception],
    units: int,
) -> None:
    sandbox.faults.add(kind, **settings)
    with pytest.raises(error):
        push(client, shop)
    assert shop.level("A").on_hand == units


def test_a_call_under_way_lands_when_told(sandbox: Sandbox, shop: Shop, client: httpx.Client) -> None:
    sandbox.faults.add("late", on="Push")
    with pytest.raises(httpx.ReadTimeout):
        push(client, shop)
    shop.hand_edit("A", 7)
    sandbox.land()
    assert shop.level("A").on_hand == 9


def test_a_short_delay_is_only_slow(sandbox: Sandbox, client: httpx.Client, naps: list[float]) -> None:
    sandbox.faults.add("delay", seconds=2)
    assert post(client).status_code == 200
    assert naps == [2]


def has_data(response: httpx.Response) -> bool:
    try:
        return "data" in response.json()
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("kind", "settings", "status", "applied"),
    [
        pytest.param("status", {"status": 429, "seconds": 2}, 429, False, id="429"),
        pytest.param("status", {"status": 502}, 502, False, id="502"),
        pytest.param("status", {"status": 500, "after": True}, 500, True, id="500 after applying"),
        pytest.param("html", {}, 200, False, id="a web page"),
        pytest.param("cut", {}, 200, True, id="half an answer"),
        pytest.param("unauthorized", {}, 401, False, id="401"),
        pytest.param("redirect", {"status": 307}, 307, False, id="redirect"),
        pytest.param("throttled", {}, 200, False, id="throttled"),
    ],
)
def test_answers_that_are_none(
    sandbox: Sandbox, shop: Shop, client: httpx.Client, kind: str, settings: dict[str, Any], status: int, applied: bool
) -> None:
    sandbox.faults.add(kind, **settings)
    response = push(client, shop)
    assert response.status_code == status
    assert shop.level("A").on_hand == (9 if applied else 5)
    assert sandbox.executed["inventorySetQuantities"] == int(applied)
    assert not has_data(response)


def test_429_tells_how_long_to_wait(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.add("status", status=429, seconds=1.5)
    assert post(client).headers["Retry-After"] == "1.5"


def test_a_followed_redirect_is_seen_as_a_leak(sandbox: Sandbox) -> None:
    sandbox.faults.add("redirect")
    with httpx.Client(transport=sandbox.transport()) as client:
        target = client.post(f"https://sandbox.myshopify.com{PATH}", json={"query": SHOP}, headers=HEADERS).headers
        client.get(target["Location"], headers=HEADERS)
    assert sandbox.leaks == ["GET /elsewhere"]


def test_faults_choose_their_calls(sandbox: Sandbox, shop: Shop, client: httpx.Client) -> None:
    sandbox.faults.add("status", on="mutation", status=503, skip=1, times=2)
    found = [post(client).status_code, *(push(client, shop, units).status_code for units in (6, 7, 8, 9))]
    assert found == [200, 200, 503, 503, 200]


def test_a_misspelt_fault_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no fault is called 'dorp'"):
        sandbox.faults.add("dorp")


def test_something_may_happen_between_reading_and_writing(sandbox: Sandbox, shop: Shop, client: httpx.Client) -> None:
    shop.place_order({"A": 2})
    sandbox.before_request(lambda _: shop.fulfil("#1001"), on="inventorySetQuantities")
    seen: list[int] = []
    sandbox.after_apply(lambda _: seen.append(shop.level("A").on_hand), on="Push")
    push(client, shop, 9)
    assert seen == [9]
    assert shop.order("#1001").committed_units == 0


def test_calls_are_counted(sandbox: Sandbox, shop: Shop, client: httpx.Client) -> None:
    post(client)
    push(client, shop)
    assert sandbox.calls == {"Shop": 1, "Push": 1}
    assert sandbox.executed == {"shop": 1, "inventorySetQuantities": 1}
    assert sandbox.log[-1].variables["key"] == "push-9"


# On a real port


@pytest.fixture
def address(sandbox: Sandbox) -> Iterator[Address]:
    with serve(sandbox) as address:
        yield address


def test_it_serves_many_requests_on_one_connection(sandbox: Sandbox, address: Address) -> None:
    ports: set[Any] = set()
    with httpx.Client(base_url=address.url, headers=HEADERS) as client:
        for _ in range(5):
            response = post(client)
            ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert sandbox.calls["Shop"] == 5
    assert len(ports) == 1


def test_files_are_served_on_a_port_of_their_own(sandbox: Sandbox, address: Address) -> None:
    url = finish(sandbox)["url"]
    assert url.startswith(address.files_url)
    assert len(httpx.get(url).text.splitlines()) == 2
    assert httpx.get(url.replace(address.files_url, address.url)).status_code == 404
    assert httpx.get(url, headers=HEADERS).status_code == 400
    assert httpx.post(address.files_url + PATH, json={"query": SHOP}, headers=HEADERS).status_code == 400
    assert len(sandbox.leaks) == 2


def test_a_lost_reply_on_a_real_port(sandbox: Sandbox, shop: Shop, address: Address) -> None:
    sandbox.faults.add("drop", on="Push", after=True)
    with httpx.Client(base_url=address.url, headers=HEADERS) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            push(client, shop)
        assert shop.level("A").on_hand == 9
        assert post(client).status_code == 200
    level = shop.level("A")
    assert show(address, "struck") == {"drop": 1}
    assert show(address, "written") == [{"item": level.item.id, "location": level.location.id, "quantity": 9}]


def test_many_clients_at_once_lose_nothing(sandbox: Sandbox, shop: Shop, address: Address) -> None:
    def work(number: int) -> None:
        with httpx.Client(base_url=address.url, headers=HEADERS) as client:
            for units in range(number * 100, number * 100 + 20):
                assert push(client, shop, units).json()["data"]["inventorySetQuantities"]["userErrors"] == []
                shop.place_order({"B": 1})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sandbox.executed["inventorySetQuantities"] == 80
    assert (shop.level("B").committed, shop.level("B").on_hand) == (80, 5)
    assert shop.level("A").on_hand % 100 == 19


def control(address: Address, verb: str, **given: Any) -> Any:
    response = httpx.post(f"{address.url}/_control/{verb}", json=given)
    assert response.status_code == 200, response.text
    return response.json()


def show(address: Address, what: str) -> Any:
    return httpx.get(f"{address.url}/_control/{what}").json()


def test_another_process_can_drive_it(shop: Shop, address: Address) -> None:
    order = control(address, "order", lines={"A": 3})
    control(address, "fulfil", order=order["name"], lines={"A": 1})
    assert control(address, "stock", variant="B", quantity=8)["on_hand"] == 8
    first = show(address, "numbers")[0]
    assert (first["sku"], first["available"], first["committed"], first["on_hand"]) == ("A", 2, 2, 4)
    assert show(address, "orders") == [
        {"order": order["order"], "name": "#1001", "open": 2, "status": "PARTIALLY_FULFILLED", "lines": {"A": 2}}
    ]
    action = {"verb": "cancel", "order": "#1001"}
    control(address, "fault", kind="act", on="Shop", action=action)
    control(address, "fault", kind="status", status=503)
    with httpx.Client(base_url=address.url, headers=HEADERS) as client:
        assert [post(client).status_code for _ in range(2)] == [503, 200]
    assert shop.order("#1001").cancelled_at is not None
    assert show(address, "calls") == {"calls": {"Shop": 2}, "executed": {"shop": 1}}


@pytest.mark.parametrize(
    ("verb", "given"), [("dance", {}), ("stock", {"variant": "none", "quantity": 1}), ("fault", {"kind": "x"})]
)
def test_mistakes_in_driving_are_told(address: Address, verb: str, given: dict[str, Any]) -> None:
    response = httpx.post(f"{address.url}/_control/{verb}", json=given)
    assert response.status_code == 400
    assert response.json()["error"].startswith(f"{verb}: ")


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "connectors.shopify.sandbox", "--skus", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            where = json.loads(process.stdout.readline())
            assert len({row["variant"] for row in httpx.get(f"{where['url']}/_control/numbers").json()}) == 20
        finally:
            process.terminate()
