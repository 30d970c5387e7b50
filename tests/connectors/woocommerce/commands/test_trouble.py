"""What a WooCommerce shop refuses, and how each command says it."""

import pytest

from tests.cli.conftest import Synced
from tests.cli.network import Harm, is_told_alike, loses_nothing, shop_elsewhere, shop_fault, wrong_key
from tests.harness.sweeps import share

NETWORK = [
    pytest.param(wrong_key, 1, "the consumer secret is wrong", id="401"),
    pytest.param(shop_fault("status", status=403), 1, "turns the request away", id="403"),
    pytest.param(shop_elsewhere, 75, "no connection to 127.0.0.1", id="unreachable"),
    pytest.param(shop_fault("throttled"), 75, "asks for fewer requests", id="429"),
    pytest.param(shop_fault("maintenance"), 75, "overloaded or in maintenance", id="503"),
    pytest.param(shop_fault("html"), 75, "sent a web page instead of JSON", id="html"),
    pytest.param(shop_fault("cut"), 75, "sent a garbled answer", id="cut-off json"),
    pytest.param(shop_fault("warnings"), 75, "prints PHP warnings into its answers", id="warnings"),
    pytest.param(shop_fault("drop"), 75, "broke off", id="hangs up"),
    pytest.param(shop_fault("redirect"), 1, "redirects to", id="redirects"),
]


@pytest.mark.parametrize(("harm", "code", "words"), NETWORK)
def test_a_cycle_in_trouble_says_why_and_loses_nothing(synced: Synced, harm: Harm, code: int, words: str) -> None:
    loses_nothing(synced, harm, code, words)


@pytest.mark.parametrize(("harm", "code", "words"), share(NETWORK, 3))
def test_check_and_status_tell_the_same(synced: Synced, harm: Harm, code: int, words: str) -> None:
    is_told_alike(synced, harm, code, words)
