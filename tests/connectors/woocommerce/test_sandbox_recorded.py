"""What a real WooCommerce 10.5.0 answered, asked again of the sandbox: the 48 exchanges in `recorded/`.

The files tell one story, so they are asked in the order of their numbers, of a shop stocked as that one was.
Bodies are compared whole, but for what is named in LEFT_OUT.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.woocommerce.sandbox import KEY, SECRET, Key, ManualClock, Sandbox, Shop

RECORDED = Path(__file__).parent / "recorded"
FILES = sorted(RECORDED.glob("*.json"))
NOT_COMPARABLE = {"48": "deliveries of webhooks, compared in test_sandbox_hooks.py"}
# Never the same twice, or cut out of the recordings: row ids of meta data, order keys and what holds them, the
# shop's random choice of related products, a stack trace, the text for people in the fatal error.
LEFT_OUT = {"order_key", "payment_url", "related_ids"}
HEADERS = ("content-type", "x-wp-total", "x-wp-totalpages", "allow", "location", "retry-after", "cache-control")
PAGES = {"40", "41", "44", "45", "46", "47"}
READ_ONLY = Key("ck_read_only", "cs_read_only", "read")
AUTH = {
    "33": None,
    "34": ("ck_unknown", SECRET),
    "35": (KEY, "cs_wrong"),
    "36": (READ_ONLY.consumer_key, READ_ONLY.consumer_secret),
}
TIMES = [(1, "14:06:58"), (16, "14:07:00"), (26, "14:07:01"), (42, "14:07:14")]


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{time}").replace(tzinfo=UTC)


def story_shop(clock: ManualClock) -> Shop:
    """1,108 variations of older products, then the five products that the story is about."""
    shop = Shop(clock=clock, first_id=4725 - 1109, first_line_id=121)
    shop.categories[16] = "Demo 8A94"
    clock.now = at("12:00:00")
    shop.add_variable("OLD", {str(number): 1 for number in range(1108)})
    clock.now = at("14:06:57")
    ours: dict[str, Any] = {"categories": (16,)}
    shop.add_product("MUG-8A94", 12, name="Mug", price=Decimal("9.90"), **ours)
    shop.add_product("POSTER-8A94", name="Poster", price=Decimal("4.00"), **ours)
    clock.now = at("14:06:58")
    shop.add_product("CANDLE-8A94", 0, name="Candle", backorders="notify", price=Decimal("6.00"), **ours)
    shop.add_variable("TEE-8A94", {"S": 5, "M": 8, "L": 0}, name="T-Shirt", price=Decimal("15.00"), **ours)
    red_blue = {"red": None, "blue": None}
    sock: dict[str, Any] = {"name": "Sock pack", "price": Decimal("3.00"), "attribute": "Colour"}
    shop.add_variable("SOCK-8A94", red_blue, pool=30, **sock, **ours)
    return shop


def setter(name: str, value: object) -> Callable[[Sandbox], object]:
    return lambda sandbox: setattr(sandbox, name, value)


# What happened to the real shop before a call, and was taken back after it.
BEFORE: dict[str, Callable[[Sandbox], object]] = {
    "28": lambda sandbox: sandbox.shop.place_order({"MUG-8A94": 3}, status="on-hold"),
    "39": setter("plugin_on", False),
    "40": setter("plain_permalinks", True),
    "41": setter("plain_permalinks", True),
    "42": lambda sandbox: sandbox.faults.add("fatal"),
    "43": lambda sandbox: sandbox.faults.add("warnings"),
    "44": setter("maintenance", True),
    "45": setter("database_down", True),
    "47": setter("php_down", True),
}


def back_to_normal(sandbox: Sandbox) -> None:
    sandbox.plugin_on = True
    sandbox.plain_permalinks = sandbox.maintenance = sandbox.database_down = sandbox.php_down = False


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, requests.Response]]:
    """Every comparable file's request, asked of the sandbox in one go."""
    clock = ManualClock()
    sandbox = Sandbox(story_shop(clock))
    sandbox.keys.known[READ_ONLY.consumer_key] = READ_ONLY
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", sandbox.adapter())
        found = {}
        for path in FILES:
            number = path.name[:2]
            if number not in NOT_COMPARABLE:
                clock.now = at([time for first, time in TIMES if first <= int(number)][-1])
                if prepare := BEFORE.get(number):
                    prepare(sandbox)
                found[number] = asked(session, number, json.loads(path.read_text())["request"])
                back_to_normal(sandbox)
        yield found


def asked(session: requests.Session, number: str, request: dict[str, Any]) -> requests.Response:
    return session.request(
        request["method"],
        f"https://shop.example{request['path']}",
        params=[tuple(pair) for pair in request["query"]],
        json=request["body"],
        auth=AUTH.get(number, (KEY, SECRET)),
        allow_redirects=False,
    )


def comparable(value: Any) -> Any:
    """Without what is left out; of a meta entry without its row id."""
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if not isinstance(value, dict):
        return value
    gone = LEFT_OUT | ({"id"} if "display_key" in value or value.get("key") == "_refund_type" else set())
    return {name: comparable(each) for name, each in value.items() if name not in gone}


def fatal(value: Any) -> Any:
    return (
        {**value, "message": "", "data": {"status": value["data"]["status"]}} if "additional_errors" in value else value
    )


def turns(link: str) -> set[tuple[str, str]]:
    """Of a Link header, the pages it leads to."""
    parts = [part.partition(">; rel=") for part in link.split(", <")]
    pages = {(rel, *parse_qs(urlsplit(address.lstrip("<")).query).get("page", [])) for address, _, rel in parts}
    return {page for page in pages if len(page) == 2}


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name[:2] not in NOT_COMPARABLE], ids=lambda path: path.stem
)
def test_the_sandbox_answers_as_the_real_shop_did(path: Path, answers: dict[str, requests.Response]) -> None:
    number, recorded = path.name[:2], json.loads(path.read_text())["response"]
    answer = answers[number]
    assert answer.status_code == recorded["status"]
    real = {name: recorded["headers"].get(name) for name in HEADERS}
    assert {name: answer.headers.get(name) for name in HEADERS} == real
    assert turns(answer.headers.get("link", "")) == turns(recorded["headers"].get("link", ""))
    if "json" in recorded:
        assert comparable(fatal(answer.json())) == comparable(fatal(recorded["json"]))
    else:
        assert same_text(number, answer.text, recorded["text"])


def same_text(number: str, ours: str, real: str) -> bool:
    """Pages are as much HTML as the real ones; JSON behind a PHP warning is the same JSON."""
    if number in PAGES:
        return ours.strip()[:9].lower() == real.strip()[:9].lower()
    start, real_start = ours.index("{"), real.index("{")
    bodies = [comparable(json.loads(text)) for text in (ours[start:], real[real_start:])]
    return ours[:start] == real[:real_start] and bodies[0] == bodies[1]


def test_all_recordings_are_there_and_all_but_one_are_compared() -> None:
    assert [path.name[:2] for path in FILES] == [f"{number:02d}" for number in range(1, 49)]
    assert set(NOT_COMPARABLE) == {"48"}
