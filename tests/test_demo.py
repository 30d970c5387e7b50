"""`stockbridge demo`, as a person starts it: in a process of its own, which leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.config.installed import capabilities_of, storefronts
from bridge.demo.catalogue import IN_A_CARTON, LOOSE, ON_A_PALLET, SHELF, full_cartons, half, make, on_the_shelf
from bridge.demo.causes import Causes
from bridge.demo.running import COUNTER
from bridge.demo.shops import CARTONS, Shop, in_shops, plan
from bridge.demo.truth import Sale, Truth
from bridge.errors import ConfigError
from connectors.testing.storefront import ANYWHERE, Carton, Catalogue, Offer, Row

PLANNED = plan({name: capabilities_of(name).readable for name in storefronts()}, make(1))
RIGHT = f"every number {in_shops([*PLANNED])} is what it should be"
START = "import sys; from bridge.demo import run; sys.exit(run(once={once}, as_json={once}, products={products}))"
SOON = 100.0
"""Seconds within which whatever must happen does, on a machine that has much else to do."""

CAUSED = re.compile(
    r"bridge +(?P<sku>.+) in (?P<shop>\w+)(?: at [^:]+)?: (?P<before>\d+) → (?P<after>\d+)"
    r" \(an order in (?P<seller>\w+)"
)

pytestmark = pytest.mark.timeout(400)
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the demo in an empty folder; whatever is still running after the test is a mistake."""
    started: list[subprocess.Popen[str]] = []

    def begin(products: int, *, once: bool) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", START.format(once=once, products=products)]
        env = {**os.environ, "TMPDIR": str(tmp_path)}
        started.append(
            subprocess.Popen(command, cwd=tmp_path, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    assert offspring(tmp_path) == []


def offspring(folder: Path) -> list[str]:
    """Processes that know of this test's own folder: by their arguments, or because they run in it."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = [line for line in listed.splitlines() if str(folder) in line]
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += [str(entry)] if entry.readlink().is_relative_to(folder) else []
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
    return found


def read_until(process: "subprocess.Popen[str]", *wanted: str, seconds: float = SOON) -> list[str]:
    """Lines of its output up to one with each of these words, in this order."""
    assert process.stdout
    lines: list[str] = []
    ends = time.monotonic() + seconds
    for word in wanted:
        while not lines or word not in lines[-1]:
            line = process.stdout.readline()
            assert line, f"it ended without a word of {word!r}: {process.stderr and process.stderr.read()}"
            assert time.monotonic() < ends, lines
            lines.append(line)
    return lines


def verdict(process: "subprocess.Popen[str]", seconds: float) -> dict[str, Any]:
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, out + err
    found: dict[str, Any] = json.loads(out)  # one object and nothing else
    return found


def beside_the_till() -> list[str]:
    """Platforms whose shop sells what lies on the shelf: those whose numbers stand for all warehouses, and the last."""
    last = max(storefronts(), key=lambda name: (not capabilities_of(name).readable, name))
    return [name for name in storefronts() if name == last or not capabilities_of(name).locations]


def test_once_ends_with_every_number_right(start: Start, tmp_path: Path) -> None:
    found = verdict(start(1000, once=True), 3 * SOON)
    assert (found["products"], found["changes"], found["orders"]) == (1000, 50, 20)
    assert (found["mismatches"], found["held"]) == (0, "")
    shops = found["stores"].values()
    readable = [name for name in storefronts() if capabilities_of(name).readable]
    assert len(shops) == len(storefronts()) + bool(readable), "one of each platform, and one for cartons"
    assert len({x["platform"] for x in shops}) == len(storefronts())
    if readable:
        cartons = found["stores"][CARTONS]
        assert cartons["listings"] == 2 * len(make(1000).cartons)
        assert min(cartons["orders"], cartons["writes"]) > 0
    assert sum(x["orders"] for x in shops) == 20
    assert [x["mismatches"] for x in shops] == [0] * len(shops)
    selling = [x["orders"] for x in shops if x["orders"]]
    assert min(selling) >= 20 // len(shops), "each that tells of orders in its turn"
    assert sum(x["writes"] for x in found["stores"].values()) == found["writes"] > 50
    assert found["write_calls"] * 4 < found["stores"]["main"]["writes"], "many numbers in one call"
    till = found["till"]
    assert (till["products"], till["reports"]) == (SHELF, SHELF + COUNTER)
    assert till["sold"] > 0
    assert len(till["shops"]) == len(beside_the_till()), till["shops"]
    assert min(till["shops"].values()) >= till["products"] - till["empty"], "and all are right: what it reported counts"
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_until_it_is_told_to_end(start: Start) -> None:
    demo = start(60, once=False)
    read_until(demo, RIGHT, "warehouse", "bridge")
    demo.send_signal(signal.SIGTERM)
    assert "nothing is left running" in demo.communicate(timeout=SOON)[0]
    assert demo.returncode == 0


def of_another_shop(lines: list[str]) -> bool:
    """Whether the last line is a number that fell because another shop sold the same: singly, or a case or a pallet."""
    told = CAUSED.search(lines[-1])
    if told is None or told["shop"] == told["seller"] or int(told["after"]) >= int(told["before"]):
        return False
    pieces = re.escape(told["sku"].removeprefix("CASE-").removeprefix("PALLET-"))
    sold = rf"{told['seller']}: order #\d+: \d+ × (CASE-|PALLET-)?{pieces}\b"
    return re.search(sold, "".join(lines)) is not None


@pytest.mark.skipif(len(PLANNED) < 2, reason="needs two shops")
def test_an_order_in_one_shop_lowers_the_other(start: Start) -> None:
    demo, ends = start(60, once=False), time.monotonic() + 2 * SOON
    lines = read_until(demo, RIGHT)
    while not of_another_shop(lines):
        assert time.monotonic() < ends, "".join(lines)
        lines += read_until(demo, "(an order in ")
    demo.send_signal(signal.SIGINT)
    assert demo.communicate(timeout=SOON)


def test_the_hint_for_a_second_terminal_works_as_it_is_printed(start: Start, tmp_path: Path) -> None:
    demo = start(60, once=False)
    line = read_until(demo, RIGHT, " status ")[-1]
    typed = re.search(r"sh \S+ status", line)
    assert typed, line
    bare = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", typed[0]], cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 75), done.stderr
    assert "warehouse" in done.stdout
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=SOON)


def test_it_says_so_when_the_worker_dies(start: Start, tmp_path: Path) -> None:
    demo = start(60, once=False)
    read_until(demo, RIGHT)
    (worker,) = [line for line in tree(demo.pid) if "worker" in line]
    os.kill(int(worker.split()[0]), signal.SIGKILL)
    out, _ = demo.communicate(timeout=SOON)
    assert demo.returncode == 1
    assert "The worker ended with code -9" in out
    assert (tmp_path / ".stockbridge" / "demo" / "worker.log").exists()


def test_killed_outright_it_still_leaves_nothing(start: Start, tmp_path: Path) -> None:
    demo = start(60, once=False)
    read_until(demo, RIGHT)
    demo.kill()
    demo.wait()
    ends = time.monotonic() + SOON
    while offspring(tmp_path):
        assert time.monotonic() < ends, offspring(tmp_path)
        time.sleep(0.1)


def test_a_second_one_in_the_same_folder_is_refused(start: Start) -> None:
    first = start(60, once=False)
    read_until(first, "a warehouse with")
    out, _ = start(60, once=False).communicate(timeout=SOON)
    assert "Another demo is running" in out
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=SOON)


def tree(pid: int) -> list[str]:
    """The children of a process: id and arguments."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [f"{row[0]} {row[2]}" for row in rows if row[1] == str(pid) and "guard" not in row[2]]


# ---------------------------------------------------------------- the judge

STOCK = {"MUG": {"1": 10, "2": 4}, "TEE": {"1": 6}}
MUG, SET = Offer("MUG", "Mug", {}, {"MUG": 1}), Offer("SET", "Set", {}, {"MUG": 2, "TEE": 1})


def judged(truth: Truth, store: str, *rows: Row) -> list[str]:
    return [str(x) for x in truth.mismatches(store, rows, STOCK)]


def test_a_sentence_has_as_many_shops_as_there_are() -> None:
    assert [in_shops("abc"[:n]) for n in (1, 2, 3)] == ["in the shop", "in both shops", "in all shops"]


class Front:
    """A storefront, as far as filling it goes."""

    platform = "Corner Shop"

    def __init__(self, locations: dict[str, str], *offers: Offer) -> None:
        self.locations, self.offers = locations, {str(n): offer for n, offer in enumerate(offers)}

    def fill(self, made: Catalogue) -> list[str]:
        return ["odd", "0 of another kind", "and so on"]


@pytest.mark.parametrize(
    ("locations", "shows", "said"),
    [
        ({}, {"1": 3}, "Corner Shop shows MUG elsewhere than at ANYWHERE"),
        ({"1": "here"}, {"1": 3, "2": 4}, "Corner Shop shows MUG elsewhere than at its locations"),
        ({}, {ANYWHERE: 3}, ""),
        ({"1": "here", "2": "there"}, {"2": 4}, ""),
    ],
)
def test_an_offer_at_places_that_the_shop_has_not_is_its_authors_mistake(
    locations: dict[str, str], shows: dict[str, int], said: str
) -> None:
    front: Any = Front(locations, Offer("MUG", "Mug", shows, {"MUG": 1}))
    shop = Shop("main", front, Catalogue(), {}, "locations")
    if said:
        with pytest.raises(ConfigError, match=said):
            shop.fill()
    else:
        assert shop.fill() == "odd, and so on"


@pytest.fixture
def truth() -> Truth:
    return Truth({"main": {"m": MUG, "s": SET}, "outlet": {"7": MUG, "8": Offer("GIFT", "Gift", {}, None)}})


def test_both_shops_take_from_one_pool(truth: Truth) -> None:
    truth.sales += [Sale("main", "#1001", "1", 2, SET.parts or {}), Sale("outlet", "#7", ANYWHERE, 1, {"MUG": 1})]
    assert judged(truth, "outlet", Row("7", "MUG", ANYWHERE, 9)) == []
    assert judged(truth, "main", Row("m", "MUG", "1", 5), Row("m", "MUG", "2", 4), Row("s", "SET", "1", 4, 2)) == []
    assert judged(truth, "outlet", Row("7", "MUG", ANYWHERE, 13)) == ["MUG in outlet: shows 13, should show 9"]


def test_a_shelf_that_is_added_to_no_place_counts_only_where_all_warehouses_do(truth: Truth) -> None:
    stock = {**STOCK, "MUG": {**STOCK["MUG"], "shelf-3": 5}}
    assert truth.mismatches("outlet", [Row("7", "MUG", ANYWHERE, 19)], stock) == []
    assert truth.mismatches("main", [Row("m", "MUG", "1", 10), Row("m", "MUG", "2", 4)], stock) == []
    assert len(truth.mismatches("outlet", [Row("7", "MUG", ANYWHERE, 14)], stock)) == 1


def test_a_shelf_counts_at_the_place_that_it_is_added_to(truth: Truth) -> None:
    truth.added = {"main": {"shelf-3": "2"}}
    stock = {**STOCK, "MUG": {**STOCK["MUG"], "shelf-3": 5}}
    assert truth.mismatches("main", [Row("m", "MUG", "1", 10), Row("m", "MUG", "2", 9)], stock) == []
    assert len(truth.mismatches("main", [Row("m", "MUG", "1", 15), Row("m", "MUG", "2", 4)], stock)) == 2


def test_a_till_sells_what_every_shop_sells_singly() -> None:
    made = make(60)
    found = on_the_shelf(made)
    assert len(found) == SHELF
    assert [x.parts for x in made.offers if x.sku in found] == [{sku: 1} for sku in found]
    assert not {carton.sku for carton in made.cartons.values()}.intersection(found)


def test_where_a_tie_falls_is_open_and_its_sum_is_not(truth: Truth) -> None:
    truth.sales.append(Sale("outlet", "#7", ANYWHERE, 7, {"MUG": 1}))
    assert judged(truth, "main", Row("m", "MUG", "1", 4), Row("m", "MUG", "2", 3)) == []
    assert judged(truth, "main", Row("m", "MUG", "1", 3), Row("m", "MUG", "2", 4)) == []
    assert len(judged(truth, "main", Row("m", "MUG", "1", 4), Row("m", "MUG", "2", 4))) == 1


def test_a_case_is_a_full_carton_and_what_is_in_it(truth: Truth) -> None:
    carton = Carton("1", "carton 1", "MUG", 3, {"1": 3})
    truth.offers["main"]["c"] = Offer("CASE", "Case", {}, carton.parts)
    truth.sales.append(Sale("main", "#1001", "1", 1, {"MUG": 1}))
    stock = {**STOCK, "carton 1": {"1": 4}}
    assert truth.mismatches("main", [Row("c", "CASE", "1", 3)], stock) == []
    stock["carton 1"] = {"1": 2}
    assert truth.mismatches("main", [Row("c", "CASE", "1", 2)], stock) == []


def test_a_catalogue_counts_what_is_in_its_cartons() -> None:
    made = make(60)
    (sku, carton), *_ = made.cartons.items()
    assert (made.parts_of(sku), carton.id) == ({carton.part: 1, carton.sku: IN_A_CARTON}, "1")
    assert (made.units[carton.part], made.units[carton.sku]) == (4, LOOSE + 4 * IN_A_CARTON)


def test_a_shop_for_cartons_sells_nothing_singly() -> None:
    made = make(60)
    found, carton = full_cartons(made), made.cartons["CASE-NOT-000003-XL"]
    pallet = {carton.part: ON_A_PALLET, carton.sku: ON_A_PALLET * IN_A_CARTON}
    parts = {x.sku: x.parts for x in found.offers}
    assert len(parts) == 2 * len(made.cartons)
    assert parts.keys() == {*made.cartons, *found.sets}
    assert parts["PALLET-NOT-000003-XL"] == found.parts_of("PALLET-NOT-000003-XL") == pallet
    assert all(carton.part in (parts[name] or ()) for name, carton in made.cartons.items())


@pytest.mark.parametrize(
    ("readable", "shops"),
    [
        ({"b": True, "a": False, "c": True}, {"main": "b", "outlet": "c", "cartons": "c", "a": "a"}),
        ({"a": True, "b": False}, {"main": "a", "cartons": "a", "outlet": "b"}),
        ({"a": True}, {"main": "a", "cartons": "a"}),
        ({"a": False}, {"main": "a"}),
    ],
    ids=["three platforms", "one that cannot be read", "alone", "alone and not readable"],
)
def test_of_the_last_platform_that_can_be_read_there_is_a_shop_for_cartons(
    readable: dict[str, bool], shops: dict[str, str]
) -> None:
    made = make(60)
    planned = plan(readable, made)
    assert [(name, connector) for name, (connector, _) in planned.items()] == [*shops.items()]
    assert planned["main"][1] is made
    others = [goods for name, (_, goods) in planned.items() if name not in ("main", CARTONS)]
    assert all(goods.offers == half(made).offers for goods in others)


def test_what_is_not_the_bridges_must_stay(truth: Truth) -> None:
    assert judged(truth, "outlet", Row("8", "GIFT", ANYWHERE, None)) == []
    assert judged(truth, "outlet", Row("8", "GIFT", ANYWHERE, 3)) == ["GIFT in outlet: shows 3, should show None"]


def test_a_cause_is_told_once_and_only_to_what_came_after_it() -> None:
    causes, now = Causes(), time.time()
    causes.note(["MUG"], "an order in outlet")
    assert causes.of("here", ["MUG"], now - 1) == ""
    assert causes.of("here", ["MUG", "TEE"], now + 1) == "an order in outlet"
    assert causes.of("here", ["MUG"], now + 2) == ""
    assert causes.of("there", ["MUG"], now + 1) == "an order in outlet"
