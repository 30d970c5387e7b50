"""Tokens: two forms, renewed in time, never shown, never sent elsewhere."""

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import ValidationError

from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.shopify.client import site_of
from connectors.shopify.sandbox import TOKEN, Sandbox, Shop
from connectors.shopify.store import ShopifyStore

from .scripted import Connect, Script, Ticks, ok, options

KEYS = {"client_id": "abc", "client_secret": "shpss_topsecret"}
SHOP = {"shop": {"name": "Acme"}, "currentAppInstallation": {"accessScopes": [{"handle": "none"}]}}


def granted(token: str = "shpat_fresh", **more: object) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "scope": "x", "expires_in": 86_399, **more})


def ask(connector: ShopifyStore) -> None:
    """One request; the scopes of SHOP do not suffice, so check ends there."""
    with pytest.raises(OperatorStoreError, match="the app lacks read_products, write_inventory"):
        connector.check()


def tokens(script: Script) -> list[str | None]:
    return [request.headers.get("x-shopify-access-token") for request in script.requests]


def test_a_fixed_token_is_sent_as_a_header(connect: Connect) -> None:
    shop = Script(SHOP)
    ask(connect(shop))
    assert str(shop.requests[0].url) == "https://acme.myshopify.com/admin/api/2026-10/graphql.json"
    assert tokens(shop) == ["shpat_0123456789abcdef"]


def test_a_refused_fixed_token_needs_a_person(connect: Connect) -> None:
    shop = Script(httpx.Response(401, json={"errors": "[API] Invalid API key or access token"}))
    with pytest.raises(OperatorStoreError, match="access token") as caught:
        connect(shop).check()
    assert len(shop.requests) == 1
    assert "shpat_" not in str(caught.value)


def test_client_credentials_are_exchanged_once(connect: Connect) -> None:
    shop = Script(granted(), SHOP, SHOP)
    connector = connect(shop, **KEYS)
    ask(connector)
    ask(connector)
    form = parse_qs(shop.requests[0].content.decode())
    assert str(shop.requests[0].url) == "https://acme.myshopify.com/admin/oauth/access_token"
    assert form == {"grant_type": ["client_credentials"], "client_id": ["abc"], "client_secret": ["shpss_topsecret"]}
    assert tokens(shop) == [None, "shpat_fresh", "shpat_fresh"]


def test_a_token_is_renewed_before_it_expires(connect: Connect, ticks: Ticks) -> None:
    shop = Script(granted(), SHOP, SHOP, granted("shpat_next"), SHOP)
    connector = connect(shop, **KEYS)
    ask(connector)
    ticks.seconds = 86_000
    ask(connector)
    ticks.seconds = 86_200
    ask(connector)
    assert tokens(shop) == [None, "shpat_fresh", "shpat_fresh", None, "shpat_next"]


def test_a_refused_token_is_renewed_once(connect: Connect) -> None:
    shop = Script(granted(), httpx.Response(401), granted("shpat_next"), SHOP)
    ask(connect(shop, **KEYS))
    assert tokens(shop)[-1] == "shpat_next"
    shop = Script(granted(), httpx.Response(401), granted("shpat_next"), httpx.Response(401))
    with pytest.raises(OperatorStoreError):
        connect(shop, **KEYS).check()
    assert len(shop.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_need_a_person(connect: Connect, status: int) -> None:
    with pytest.raises(OperatorStoreError, match="client_id and client_secret") as caught:
        connect(Script(httpx.Response(status, text="shpss_topsecret")), **KEYS).check()
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ReadTimeout("slow"), httpx.Response(200, text="<html>")])
def test_without_a_token_nothing_was_sent(connect: Connect, answer: object) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(answer), **KEYS).check()
    assert not caught.value.sent


def test_a_grant_without_a_token_needs_a_person(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError, match="no token"):
        connect(Script(httpx.Response(200, json={"scope": "x"})), **KEYS).check()


def test_a_token_never_follows_a_redirect(connect: Connect) -> None:
    shop = Script(httpx.Response(301, headers={"Location": "https://other.myshopify.com/x?token=1"}))
    with pytest.raises(OperatorStoreError, match=r"redirects to https://other\.myshopify\.com/x;"):
        connect(shop).check()
    assert len(shop.requests) == 1


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param({"shop": "acme.example.com"}, "permanent domain", id="custom domain"),
        pytest.param({"shop": "acme"}, "permanent domain", id="bare name"),
        pytest.param({"shop": "https://acme.myshopify.com"}, "permanent domain", id="address"),
        pytest.param({"shop": "acme.myshopify.com.evil.example"}, "permanent domain", id="look-alike"),
        pytest.param({"shop": "a.b.myshopify.com"}, "permanent domain", id="two labels"),
        pytest.param({"access_token": None}, "either access_token, or client_id and client_secret", id="no key"),
        pytest.param({"access_token": ""}, "either access_token, or client_id and client_secret", id="empty key"),
        pytest.param({"access_token": "shpat_secret\u2013"}, "copy it again", id="no ASCII"),
        pytest.param({"access_token": "shpat_secret x"}, "copy it again", id="two words"),
        pytest.param(KEYS, "either access_token, or client_id and client_secret", id="both forms"),
        pytest.param({"client_id": "abc"}, "either access_token, or client_id and client_secret", id="one and a half"),
        pytest.param({"access_token": None, "client_id": "abc"}, "client_id and client_secret together", id="half"),
        pytest.param({"api_version": "2026-1"}, "released version", id="version form"),
        pytest.param({"api_version": "2026-11"}, "released version", id="no such quarter"),
        pytest.param({"api_version": "2026-01"}, "oldest supported version is 2026-04", id="old version"),
        pytest.param({"base_url": "http://shop.example"}, "plain http", id="plain http"),
        pytest.param({"base_url": "http://127.0.0.1.example"}, "plain http", id="not loopback"),
        pytest.param({"base_url": "http://u@127.0.0.1"}, "scheme, host and port", id="user"),
        pytest.param({"colour": "red"}, "Extra inputs", id="unknown key"),
    ],
)
def test_options_that_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        options(**{"access_token": "shpat_secret", **keys})
    assert said in str(caught.value)
    assert "shpat_secret" not in str(caught.value)


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:9001", "http://localhost:9001/", "http://[::1]:9", "https://x.example"]
)
def test_a_test_address_is_used_instead_of_the_shop(base: str) -> None:
    chosen = options(shop="Acme.myshopify.com ", access_token="x", base_url=base)
    assert chosen.shop == "acme.myshopify.com"
    assert site_of(chosen.shop, chosen.api_version, chosen.base_url) == f"{base.rstrip('/')}/admin/api/2026-10"


def test_a_pasted_line_break_is_dropped(connect: Connect) -> None:
    shop = Script(SHOP)
    ask(connect(shop, access_token=" shpat_x\n"))
    assert tokens(shop) == ["shpat_x"]


def test_secrets_do_not_show() -> None:
    chosen = options(client_id="abc", client_secret="shpss_topsecret")
    assert "topsecret" not in repr(chosen) + str(chosen) + chosen.model_dump_json()


def test_a_location_that_is_no_id_is_refused_at_once(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError, match="11 is no location id"):
        connect(Script(), locations=("11",))


# ---------------------------------------------------------------- check

NOTHING_CHANGED = {"at0": {"inventoryLevels": {"nodes": [], "pageInfo": {"hasNextPage": False}}}}
SCOPES = ["read_products", "write_inventory", "read_locations", "read_orders"]


def shop_with(*scopes: str) -> dict[str, Any]:
    return {
        "shop": {"name": "Acme"},
        "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in scopes]},
    }


def places(*numbers: int) -> dict[str, Any]:
    nodes = [{"id": f"gid://shopify/Location/{number}", "name": f"L{number}", "isActive": True} for number in numbers]
    return {"locations": {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}


def test_check_warns_of_hidden_orders(connect: Connect) -> None:
    info = connect(Script(shop_with(*SCOPES), places(11), NOTHING_CHANGED)).check()
    assert info.name == "Acme"
    assert "60 days" in info.warnings[0]
    shop = Script(shop_with(*SCOPES, "read_all_orders"), places(11), NOTHING_CHANGED)
    assert connect(shop).check().warnings == ()


def test_check_warns_of_a_version_that_has_expired(connect: Connect) -> None:
    answer = ok(places(11))
    answer.headers["X-Shopify-API-Version"] = "2027-01"
    info = connect(Script(shop_with(*SCOPES, "read_all_orders"), answer, NOTHING_CHANGED)).check()
    assert info.warnings[0].startswith("Shopify answers with API version 2027-01 instead of 2026-10")


def test_without_configuration_the_only_location_is_found_once() -> None:
    shop = Shop()
    shop.add_location("Warehouse")
    ref = shop.add_variant("A", on_hand=3).item.id
    sandbox = Sandbox(shop)
    connector = ShopifyStore(
        options(access_token=TOKEN),
        locations=(), send=send_once, transport=sandbox.transport(),
    )  # fmt: skip
    list(connector.changes(None))
    assert sandbox.calls["Locations"] == 0
    assert [reading.on_hand for _ in range(2) for reading in connector.read([ref])] == [3, 3]
    assert sandbox.calls["Locations"] == 1
    connector.close()


def test_with_several_locations_it_says_what_to_write(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError, match=r'locations = \{ "1" = "gid://shopify/Location/11" \}'):
        connect(Script(shop_with(*SCOPES), places(11, 12)), locations=()).check()
