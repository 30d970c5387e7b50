"""The WooCommerce sandbox on the wire: keys, faults, slowness, both faces (10.5.0 behind nginx)."""

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import woocommerce
from urllib3.exceptions import MaxRetryError, ProtocolError

from connectors.woocommerce.sandbox import KEY, SECRET, Key, ManualClock, Product, Sandbox, Shop, serve

HOME = "https://shop.example/wp-json/wc/v3/"
GOOD = (KEY, SECRET)


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", sandbox.adapter())
        session.mount("http://shop.example", sandbox.adapter())
        yield session


def push(session: requests.Session, *products: Product, units: int = 3, **settings: Any) -> requests.Response:
    body = {"update": [{"id": each.id, "stock_quantity": units} for each in products]}
    return session.post(f"{HOME}products/batch", json=body, auth=GOOD, allow_redirects=False, **settings)


# 1. Keys


@pytest.mark.parametrize(
    ("key", "method", "route", "code"),
    [
        (("", ""), "GET", "products", "woocommerce_rest_cannot_view"),
        (("ck_unknown", SECRET), "GET", "orders", "woocommerce_rest_cannot_view"),
        (("ck_unknown", SECRET), "POST", "products/batch", "woocommerce_rest_cannot_batch"),
        ((KEY, "wrong"), "GET", "products", "woocommerce_rest_authentication_error"),
        (("ck_read", "cs_read"), "POST", "products/batch", "woocommerce_rest_authentication_error"),
        (("ck_read", "cs_read"), "PUT", "products/11", "woocommerce_rest_authentication_error"),
        (("ck_read", "cs_read"), "POST", "no/such/route", "woocommerce_rest_authentication_error"),
    ],
)
def test_who_may_not_is_told_401(sandbox: Sandbox, key: tuple[str, str], method: str, route: str, code: str) -> None:
    sandbox.keys.known["ck_read"] = Key("ck_read", "cs_read", "read")
    answer = sandbox.ask(method, route, {"update": []}, key=key)
    assert (answer.status, answer.json()["code"]) == (401, code)


def test_an_empty_batch_probes_the_right_to_write(sandbox: Sandbox) -> None:
    assert sandbox.ask("POST", "products/batch", {"update": []}).json() == []
    sandbox.keys.known[KEY].permissions = "read"
    assert sandbox.ask("GET", "products").status == 200
    assert sandbox.ask("POST", "products/batch", {"update": []}).status == 401


def test_basic_is_for_https_unless_a_test_allows_it(sandbox: Sandbox, session: requests.Session) -> None:
    plain = HOME.replace("https", "http") + "products"
    assert session.get(plain, auth=GOOD).status_code == 200
    sandbox.keys.basic_over_http = False
    assert session.get(plain, auth=GOOD).json()["code"] == "woocommerce_rest_cannot_view"
    assert session.get(f"{HOME}products", auth=GOOD).status_code == 200


def test_a_revoked_key_is_a_stranger(sandbox: Sandbox) -> None:
    sandbox.keys.revoke_all()
    assert sandbox.ask("GET", "products").json()["code"] == "woocommerce_rest_cannot_view"


def test_a_secret_in_an_address_is_noted(sandbox: Sandbox, session: requests.Session) -> None:
    secrets = {"consumer_key": KEY, "consumer_secret": SECRET}
    assert session.get(f"{HOME}products", params=secrets).status_code == 200
    assert sandbox.leaks == ["/wp-json/wc/v3/products"]


# 11. Faults


def test_what_a_page_instead_of_json_leaves_behind(sandbox: Sandbox, session: requests.Session, mug: Product) -> None:
    kinds = {"maintenance": 503, "database": 500, "gateway": 502, "html": 200, "status": 503, "throttled": 429}
    for kind, status in kinds.items():
        sandbox.faults.add(kind, on="products/batch")
        answer = push(session, mug)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (status, "text/html")
        assert mug.stock_quantity == 10
    assert push(session, mug).json()["update"][0]["stock_quantity"] == 3


def test_maintenance_says_how_long(sandbox: Sandbox, session: requests.Session) -> None:
    sandbox.maintenance = True
    assert session.get(f"{HOME}products", auth=GOOD).headers["Retry-After"] == "600"


def test_a_fatal_in_the_middle_keeps_what_came_before(sandbox: Sandbox, shop: Shop, session: requests.Session) -> None:
    products = [shop.add_product(f"P{number}", 0) for number in range(6)]
    sandbox.faults.add("fatal", items=3)
    answer = push(session, *products)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert [each.stock_quantity for each in products] == [3, 3, 3, 0, 0, 0]


def test_a_warning_before_the_json_and_the_write_stands(
    sandbox: Sandbox, session: requests.Session, mug: Product
) -> None:
    sandbox.faults.add("warnings")
    answer = push(session, mug)
    assert (answer.status_code, answer.text[:6], mug.stock_quantity) == (200, "<br />", 3)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    sandbox.faults.add("cut")
    assert not push(session, mug, units=4).text.endswith("}")
    assert mug.stock_quantity == 4


def test_a_dropped_connection(sandbox: Sandbox, shop: Shop, session: requests.Session, mug: Product) -> None:
    cup = shop.add_product("CUP", 10)
    for settings, left in (({}, [10, 10]), ({"items": 1}, [3, 10]), ({"after": True}, [3, 3])):
        sandbox.faults.add("drop", **settings)
        with pytest.raises(requests.ConnectionError) as caught:
            push(session, mug, cup)
        assert isinstance(caught.value.args[0], ProtocolError)
        assert [mug.stock_quantity, cup.stock_quantity] == left


def test_a_refused_connection_has_the_shape_of_a_real_one(
    sandbox: Sandbox, session: requests.Session, mug: Product
) -> None:
    sandbox.faults.add("refuse")
    with pytest.raises(requests.ConnectionError) as caught:
        push(session, mug)
    assert isinstance(caught.value.args[0], MaxRetryError)
    assert mug.stock_quantity == 10


def test_a_late_write_lands_over_a_newer_one(
    sandbox: Sandbox, shop: Shop, session: requests.Session, clock: ManualClock
) -> None:
    products = [shop.add_product(f"P{number}", 0) for number in range(100)]
    sandbox.faults.add("late", on="write", items=30)
    with pytest.raises(requests.ReadTimeout):
        push(session, *products, units=5)
    assert [each.stock_quantity for each in products] == [5] * 30 + [0] * 70
    assert push(session, *products, units=4).status_code == 200
    sandbox.land()
    assert [each.stock_quantity for each in products] == [4] * 30 + [5] * 70
    assert not sandbox.late


def test_slow_items_outlast_an_impatient_client(
    sandbox: Sandbox, shop: Shop, session: requests.Session, clock: ManualClock
) -> None:
    """10.5.0: given up after 0.7 s, about 30 of 100 were applied, all of them seconds later."""
    products = [shop.add_product(f"P{number}", 0) for number in range(100)]
    sandbox.item_seconds, start = 0.025, clock()
    with pytest.raises(requests.ReadTimeout):
        push(session, *products, timeout=(3.05, 0.7))
    applied = [each.stock_quantity for each in products].count(3)
    assert 25 <= applied <= 30
    sandbox.land()
    assert [each.stock_quantity for each in products] == [3] * 100
    assert (clock() - start).total_seconds() == pytest.approx(2.5, abs=0.01)
    assert push(session, *products, timeout=(3.05, 60)).status_code == 200


def test_a_delay_longer_than_the_time_limit_is_a_timeout(
    sandbox: Sandbox, session: requests.Session, mug: Product
) -> None:
    sandbox.faults.add("delay", seconds=10, times=2)
    assert push(session, mug, units=6, timeout=30).status_code == 200
    with pytest.raises(requests.ReadTimeout):
        push(session, mug, units=7, timeout=5)
    assert mug.stock_quantity == 6
    sandbox.land()
    assert mug.stock_quantity == 7


def test_faults_choose_their_calls(sandbox: Sandbox, session: requests.Session, mug: Product) -> None:
    sandbox.faults.add("status", on="POST products/batch", skip=1, times=2, seconds=30, status=503)
    assert [push(session, mug).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert session.get(f"{HOME}products", auth=GOOD).status_code == 200
    assert sandbox.calls == {"POST products/batch": 4, "GET products": 1}
    with pytest.raises(ValueError, match="no fault is called"):
        sandbox.faults.add("nonsense")


def test_hooks_come_before_and_after(sandbox: Sandbox, shop: Shop, session: requests.Session, mug: Product) -> None:
    seen: list[int | None] = []
    sandbox.before_request(lambda _: seen.append(mug.stock_quantity), on="products/batch")
    sandbox.after_apply(lambda _: shop.place_order({"MUG": 1}), on="products/batch")
    assert push(session, mug).json()["update"][0]["stock_quantity"] == 3
    assert (seen, mug.stock_quantity) == ([10], 2)


# What answers instead of WooCommerce


def test_plain_permalinks_write_nothing_and_say_200(sandbox: Sandbox, session: requests.Session, mug: Product) -> None:
    sandbox.plain_permalinks = True
    assert push(session, mug).text.startswith("<!DOCTYPE html>")
    followed = session.get(f"{HOME}products", auth=GOOD, params={"per_page": 1})
    assert [each.status_code for each in followed.history] == [301]
    assert followed.url.endswith("/products/?per_page=1")
    assert (followed.status_code, followed.text[:9], mug.stock_quantity) == (200, "<!DOCTYPE", 10)


def test_the_plugin_switched_off_looks_like_an_unknown_route(sandbox: Sandbox, mug: Product) -> None:
    unknown = sandbox.ask("GET", "nope")
    sandbox.plugin_on = False
    off = sandbox.ask("GET", f"products/{mug.id}")
    assert (off.status, off.json()) == (unknown.status, unknown.json())
    assert off.json()["code"] == "rest_no_route"


def test_a_double_slash_and_a_wrong_method_are_no_route_either(sandbox: Sandbox, mug: Product) -> None:
    assert sandbox.ask("GET", "/products").json()["code"] == "rest_no_route"
    assert sandbox.ask("DELETE", "products").json()["code"] == "rest_no_route"
    assert sandbox.ask("GET", "products/").status == 200


def test_plain_http_may_be_sent_to_https(sandbox: Sandbox, session: requests.Session) -> None:
    sandbox.https_only = True
    address = HOME.replace("https", "http") + "products?per_page=1"
    answer = session.get(address, auth=GOOD, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{HOME}products?per_page=1")


@pytest.mark.parametrize(("length", "status"), [(3000, 200), (7000, 502), (9600, 414)])
def test_long_addresses_end_at_the_web_server(sandbox: Sandbox, length: int, status: int) -> None:
    assert sandbox.ask("GET", "products", sku="x" * length).status == status


def test_the_index_names_the_shop_to_everybody(sandbox: Sandbox, session: requests.Session) -> None:
    found = session.get("https://shop.example/wp-json/").json()
    assert (found["name"], "wc/v3" in found["namespaces"]) == ("Sandbox", True)


def test_answers_carry_the_shops_clock(session: requests.Session, mug: Product) -> None:
    assert push(session, mug).headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"


# On loopback


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    with serve(sandbox) as url:
        yield url


def test_the_official_client_signs_over_plain_http(sandbox: Sandbox, url: str, mug: Product) -> None:
    client = woocommerce.API(url, KEY, SECRET, timeout=5)
    assert client.get("products", params={"sku": "MUG,CUP", "per_page": 5}).json()[0]["id"] == mug.id
    assert client.post("products/batch", {"update": [{"id": mug.id, "stock_quantity": 3}]}).status_code == 200
    assert client.put(f"products/{mug.id}", {"stock_quantity": 4}).json()["stock_quantity"] == 4
    wrong = woocommerce.API(url, KEY, "wrong", timeout=5)
    assert wrong.get("products").json()["code"] == "woocommerce_rest_authentication_error"


def test_a_signature_is_good_once(sandbox: Sandbox, url: str, mug: Product) -> None:
    signed = woocommerce.API(url, KEY, SECRET, timeout=5).get("products").url
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(signed).json()["code"] == "woocommerce_rest_authentication_error"


def test_connections_are_kept_and_dropped(sandbox: Sandbox, url: str, mug: Product) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{url}/wp-json/wc/v3/products", auth=GOOD).json()[0]["id"] == mug.id
        sandbox.faults.add("drop", after=True)
        with pytest.raises(requests.ConnectionError):
            session.put(f"{url}/wp-json/wc/v3/products/{mug.id}", json={"stock_quantity": 2}, auth=GOOD)
        assert mug.stock_quantity == 2


def test_overlapping_batches_mix(sandbox: Sandbox, shop: Shop, url: str) -> None:
    """Between two items nobody holds the shop: a second batch gets in, and the first one ends later."""
    products = [shop.add_product(f"P{number}", 0) for number in range(4)]
    inside, done = threading.Event(), threading.Event()
    body = {"update": [{"id": each.id, "stock_quantity": 1} for each in products]}

    def wait(_: object) -> None:
        inside.set()
        assert done.wait(10)

    sandbox.before_save(wait, skip=2)
    slow = threading.Thread(target=sandbox.ask, args=("POST", "products/batch", body))
    slow.start()
    assert inside.wait(10)
    newer = {"update": [{"id": each.id, "stock_quantity": 2} for each in products]}
    token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    answer = requests.post(
        f"{url}/wp-json/wc/v3/products/batch", json=newer, headers={"Authorization": f"Basic {token}"}, timeout=10
    )
    done.set()
    slow.join()
    assert answer.status_code == 200
    assert [each.stock_quantity for each in products] == [2, 2, 1, 1]


def control(url: str, verb: str, **given: Any) -> Any:
    answer = requests.post(f"{url}/_control/{verb}", json=given, timeout=5)
    return answer.json() if answer.ok else answer.status_code


def test_control_from_another_process(sandbox: Sandbox, url: str, mug: Product) -> None:
    order = control(url, "order", lines={"MUG": 2})
    assert (order["status"], order["held"], mug.stock_quantity) == ("processing", 2, 8)
    assert control(url, "ship", order=order["order"])["status"] == "completed"
    line = control(url, "order", lines={str(mug.id): 3})
    control(url, "refund", order=line["order"], lines={str(line["lines"][0]["line"]): 1})
    assert mug.stock_quantity == 6
    assert control(url, "stock", product="MUG", units=20)["stock_quantity"] == 20
    assert len(control(url, "seed", n=20)["skus"]) >= 15
    control(url, "switch", version="9.9.5", permissions="read", utc_offset_hours=2, plain_permalinks=True)
    assert (sandbox.limits.version, sandbox.plain_permalinks) == ("9.9.5", True)
    control(url, "switch", plain_permalinks=False, permissions="read_write")
    control(url, "fault", kind="act", on="products/<id>", action={"verb": "stock", "product": "MUG", "units": 1})
    assert sandbox.ask("GET", f"products/{mug.id}").json()["stock_quantity"] == 1
    assert control(url, "switch", nonsense=1) == control(url, "nonsense") == 400
    shown = requests.get(f"{url}/_control/numbers", timeout=5).json()
    assert shown[0]["sku"] == "MUG"
    control(url, "fault", kind="drop", on="write", after=True)
    with pytest.raises(requests.ConnectionError):
        requests.put(
            f"{url}/wp-json/wc/v3/products/{mug.id}", json={"stock_quantity": 1}, auth=(KEY, SECRET), timeout=5
        )
    assert requests.get(f"{url}/_control/struck", timeout=5).json() == {"drop": 1}
    assert requests.get(f"{url}/_control/written", timeout=5).json() == [{"product": mug.id, "quantity": 1}]


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "connectors.woocommerce.sandbox", "--skus", "5", "--version", "9.9.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            auth = (said["consumer_key"], said["consumer_secret"])
            found = requests.get(f"{said['url']}/wp-json/wc/v3/products", auth=auth, timeout=10)
            assert found.headers["X-WP-Total"] != "0"
        finally:
            process.terminate()
