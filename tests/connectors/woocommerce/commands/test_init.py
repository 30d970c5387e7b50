"""`stockbridge init` for a WooCommerce shop: its address and its two keys."""

import re

from connectors.woocommerce.sandbox import KEY, SECRET
from tests.cli.answers import FILE, answer
from tests.cli.conftest import CommandLine
from tests.harness.served import TOKEN


def test_a_malformed_address_is_refused_before_the_keys_are_asked_for(fresh: CommandLine) -> None:
    said = answer(fresh, fresh.source_url, "", TOKEN, "woocommerce", "outlet", "shop")
    assert said.code == 2
    assert 'write the address of the shop, such as "https://shop.example.com"' in said.err
    assert 'The input ended at the question "woocommerce: url' in said.err


def test_a_refused_key_is_asked_for_again_by_its_own_name(fresh: CommandLine) -> None:
    typed = (fresh.source_url, "", TOKEN, "woocommerce", "outlet", fresh.main.address, "ck_wrong", SECRET)
    said = answer(fresh, *typed, "", KEY, "", "0")
    assert said.code == 0, said
    assert "outlet: a push now would lower 1 and raise 1 listings" in said.out
    assert re.search(r'^consumer_key +=  ?"\$\{WOOCOMMERCE_CONSUMER_KEY\}"', FILE.read_text(), re.MULTILINE)
    assert "ck_wrong" not in said.everything
