"""Half a surrogate pair, which JSON can spell ("\\ud800") and UTF-8 cannot: it is data, and stops nothing."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bridge.threeplguys.answers import Answer
from connectors.foreign_json import decoded

HALF = "B\ud800"


@pytest.mark.parametrize("body", [rb'{"\ud800": ["x\uDFFF"]}', b'{"\xed\xa0\x80": ["x\xed\xbf\xbf"]}'])
def test_what_no_text_can_hold_is_replaced(body: bytes) -> None:
    assert decoded(body) == {"\ufffd": ["x\ufffd"]}
    assert decoded(rb'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize("name", ["main", "outlet"])
def test_a_store_that_spells_it_is_served(harness: Any, name: str) -> None:
    harness.add("A", 5)
    harness[name].add(HALF, 3, HALF)
    harness.warehouse.set_stock("A", 7)
    for _ in range(2):
        assert harness.cycle().code == 0
    assert harness[name].shows("A") == 7
    found = [x.sku for x in harness.state.every_listing(name)]
    assert sorted(found) == ["A", "B\ufffd"]


def test_a_product_of_the_warehouse_that_spells_it_is_named_and_the_rest_goes_on(harness: Any) -> None:
    harness.add("A", 5)
    harness.warehouse.add(HALF, 5, HALF)
    harness.warehouse.add("NAMED", 5, HALF)
    harness.cycle()
    harness.warehouse.set_stock("A", 7)
    assert harness.cycle().source.error is None
    assert harness.shows("A") == {"main": 7, "outlet": 7}
    harness.cycle(full=True)
    assert len(harness.state.bad_rows()) >= 1


def test_a_refusal_of_the_warehouse_that_spells_it_can_be_noted() -> None:
    body = json.dumps({"error": f"no {HALF}"}).encode()
    answer = Answer("api.example.com", 400, httpx.Headers(), body, timedelta(0), (SecretStr("3pl_token"),))
    assert answer.sentence == "no B?"
