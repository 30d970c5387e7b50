"""What Shopify refuses, and how each command says it."""

import pytest

from connectors.shopify.sandbox.local import LocalStore
from tests.cli.conftest import CommandLine, Synced
from tests.cli.network import Harm, is_told_alike, loses_nothing, shop_elsewhere, shop_fault, wrong_key
from tests.harness.sweeps import share

NETWORK = [
    pytest.param(wrong_key, 1, "does not accept the access token", id="401"),
    pytest.param(shop_fault("status", status=403), 1, "denies access; check that the app", id="403"),
    pytest.param(shop_elsewhere, 75, "no connection to 127.0.0.1", id="unreachable"),
    pytest.param(shop_fault("status", status=429), 75, "asks for fewer requests", id="429"),
    pytest.param(shop_fault("status", status=429, seconds=7), 75, "(HTTP 429)", id="429 with Retry-After"),
    pytest.param(shop_fault("throttled"), 75, "main.myshopify.com", id="throttled"),
    pytest.param(shop_fault("status", status=503), 75, "overloaded or in maintenance", id="503"),
    pytest.param(shop_fault("html"), 75, "sent a web page instead of JSON", id="html"),
    pytest.param(shop_fault("cut"), 75, "cut-off or garbled answer", id="cut-off json"),
    pytest.param(shop_fault("drop"), 75, "broke off", id="hangs up"),
    pytest.param(shop_fault("redirect"), 1, "redirects to", id="redirects"),
]


@pytest.mark.parametrize(("harm", "code", "words"), NETWORK)
def test_a_cycle_in_trouble_says_why_and_loses_nothing(synced: Synced, harm: Harm, code: int, words: str) -> None:
    loses_nothing(synced, harm, code, words)


@pytest.mark.parametrize(("harm", "code", "words"), share(NETWORK, 3))
def test_check_and_status_tell_the_same(synced: Synced, harm: Harm, code: int, words: str) -> None:
    is_told_alike(synced, harm, code, words)


def test_a_missing_scope_is_named_by_check(cli: CommandLine, main: LocalStore) -> None:
    main.sandbox.app.scopes = frozenset({"read_products"})
    said = cli("check")
    assert said.code == 1
    assert "lacks" in said.err
    assert "write_inventory" in said.err


def test_a_wrong_key_hides_neither_the_credentials_nor_the_environment(cli: CommandLine) -> None:
    cli.configure('client_id = "x"\napi_version = "2020-01"')
    cli.monkeypatch.setenv("STOCKBRIDGE_PATIENCE", "long")
    said = cli("check", "--offline", "--json")
    assert said.code == 2
    assert [fault.partition(":")[0] for fault in said.json["configuration"]["faults"]] == [
        "stores.main", "stores.main.api_version", "STOCKBRIDGE_PATIENCE",
    ]  # fmt: skip
