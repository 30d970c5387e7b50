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
def test_a_store_that_spells_it_is_served(stage: Any, name: str) -> None:
    stage.add("A", 5)
    add(stage, name)
    stage.warehouse.set_stock("A", 7)
    for _ in range(2):
        assert stage.cycle().code == 0
    assert stage[name].shows("A") == 7
    found = [x.sku for x in stage.state.every_listing(name)]
    assert sorted(found) == ["A", "B\ufffd"]


def add(stage: Any, name: str) -> None:
    if name == "main":
        stage["main"].shop.add_variant(HALF, on_hand=3, title=HALF)
    else:
        stage["outlet"].shop.add_product(HALF, 3, name=HALF)


def test_a_product_of_the_warehouse_that_spells_it_is_named_and_the_rest_goes_on(stage: Any) -> None:
    stage.add("A", 5)
    stage.warehouse.add(HALF, 5, HALF)
    stage.warehouse.add("NAMED", 5, HALF)
    stage.cycle()
    stage.warehouse.set_stock("A", 7)
    assert stage.cycle().source.error is None
    assert stage.shows("A") == {"main": 7, "outlet": 7}
    stage.cycle(full=True)
    assert len(stage.state.bad_rows()) >= 1


def test_a_refusal_of_the_warehouse_that_spells_it_can_be_noted() -> None:
    body = json.dumps({"error": f"no {HALF}"}).encode()
    answer = Answer("api.example.com", 400, httpx.Headers(), body, timedelta(0), SecretStr("3pl_token"))
    assert answer.sentence == "no B?"
