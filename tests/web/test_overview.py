"""The overview tells the same as `stockbridge status`, in the same words."""

import html
import re
from typing import Any

import pytest

from bridge.status_report import gather
from tests.harness.sweeps import sweep

from .page import Person, text_of


def test_all_is_well(till: Any) -> None:
    till.harness.add("A", 10)
    till.count("A", 3)
    till.harness.cycle()
    till.harness.later(minutes=5)
    till.harness.cycle()
    till.harness.cycle()
    answer = Person(till).get()
    assert answer.status_code == 200
    said = text_of(answer)
    report = gather(till.harness.context)
    assert (report["light"], "All is well" in said) == ("green", True)
    assert report["sentence"] in html.unescape(said)
    assert "main" in said
    assert "outlet" in said
    assert "Needs a person" not in said


def test_what_needs_a_person_comes_first_with_the_words_of_status(till: Any) -> None:
    for number in range(10):
        till.harness.add(f"SKU-{number}", 10)
    till.harness.cycle()
    for number in range(10):
        till.harness.warehouse.set_stock(f"SKU-{number}", 0)
    till.harness.cycle()
    report = gather(till.harness.context)
    answer = Person(till).get()
    said = html.unescape(text_of(answer))
    held = [x for x in report["findings"] if x["store"] == "main"]
    assert held[0]["person"]
    assert "10 lowerings are held until a person decides." in said
    assert said.index("Needs a person") < said.index("Stores 2")
    assert re.search(r'href="/stores/main/held"><b>10</b> held for approval', answer.text)


@pytest.mark.parametrize("path", ["/"])
def test_redis_that_refuses_is_told_on_the_page_itself(till: Any, path: str) -> None:
    till.harness.db.connection_pool.disconnect()
    till.harness.db.connection_pool.connection_kwargs["port"] = 1
    answer = Person(till).get(path)
    assert (answer.status_code, "Redis cannot be reached" in answer.text) == (503, True)
    assert 'id="live"' in answer.text  # the page that stands open shows it too


FOREIGN = '<script>alert("1")</script> & `x`'


def test_what_others_wrote_is_text_on_the_page(till: Any) -> None:
    """A SKU, and the reason that a store gives."""
    till.harness.add(FOREIGN, 10)
    till.harness.cycle()
    till.harness.warehouse.add(FOREIGN, 3, duplicate=True)  # two live products with one SKU: named in the light
    till.harness.cycle()
    answer = Person(till).get()
    assert html.escape(FOREIGN.split("`", maxsplit=1)[0]).replace("&quot;", "&#34;") in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("more", sweep([8, 48], 1))
def test_many_stores_fit(till_with: Any, more: int) -> None:
    from functools import partial  # noqa: PLC0415

    from connectors.testing.local import two_platforms  # noqa: PLC0415

    kind = two_platforms()[0]
    till = till_with(more={f"shop-{number:02}": partial(kind, rules="") for number in range(more)})
    till.harness.add("A", 10)
    till.harness.cycle()
    said = Person(till).get().text
    assert re.findall(r'<article class="card card-green" id="store-([a-z0-9-]+)"', said) == sorted(
        till.harness.context.stores
    )
