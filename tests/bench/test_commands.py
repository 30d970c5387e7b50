"""Every measurement at its smallest: it runs to its end, and what it tells is of the shape that the README quotes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import registry

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
Told = dict[str, Any]
Measure = Callable[..., Told]
FOUND = {
    "batches of 250, all or nothing": ("wrong", 58), "one call per SKU, unchecked": ("false claims", 4),
    "batches of 100, unchecked": ("false claims", 2),
    "the guide's sample, as printed": ("claimed", 50), "the guide's sample, all pages": ("wrong", 1),
}  # fmt: skip
"""What the README tells of ways that are usual on one platform or another."""


PLATFORMS = registry.beside("sandbox.measured")
READABLE = [name for name in registry.beside("sandbox.local") if registry.load_connector(name).capabilities.readable]
TIME = 1
"""Redis is asked for the time twice a minute, whatever is done."""


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """measure("peers", "--changes", "8"): the command, in a directory of its own → what it wrote."""

    def run(name: str, *arguments: str, wrote: str = "") -> Told:
        command = [sys.executable, "-m", f"bench.{name}", *arguments]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=280, check=False)
        if "no connector that is installed" in done.stderr or "which is not installed" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stderr
        told: Told = json.loads((tmp_path / ".stockbridge" / "bench" / f"{wrote or name}.json").read_text())
        assert next(iter(told["rows"][0])) in done.stdout
        return told

    return run


@pytest.mark.parametrize("connector", PLATFORMS)
def test_the_floor_is_the_same_requests_without_the_bridge(measure: Measure, connector: str) -> None:
    told = measure("floor", "--connector", connector, "--skus", "60", "--latency", "0")
    assert [row["who"] for row in told["rows"]] == ["full sync", "bare httpx"]
    assert told["ratio"] > 0


def test_a_shop_that_takes_one_item_a_request_is_sent_what_bare_httpx_sends(measure: Measure) -> None:
    told = measure("one_by_one", "--changes", "40", "--latency", "0")
    run, bare = told["rows"]
    assert run["requests"] == bare["requests"] >= 40
    assert told["ratio"] > 0


def test_its_profile_sees_the_work_of_all_threads(measure: Measure) -> None:
    told = measure("floor", "--skus", "600", "--latency", "0", "--profile", wrote="profile")
    assert told["seconds sampled"] > told["seconds of CPU"] / 3  # sampling takes its part as well


def test_of_all_ways_only_the_bridge_is_right_and_claims_nothing_false(measure: Measure) -> None:
    told = measure("peers", "--changes", "60", "--latency", "0", "--item-seconds", "0")
    for platform in {row["shop"] for row in told["rows"]}:
        ways = {row["way"]: row for row in told["rows"] if row["shop"] == platform}
        assert (ways["Stockbridge"]["wrong"], ways["Stockbridge"]["false claims"]) == (0, 0)
        assert ways["Stockbridge"]["claimed"] == told["writable"] == 58
        sells = "look up, then set" in ways  # what can be read tells what it sells
        assert ways["one call per SKU"]["wrong"] == sells  # the one that was sold just before its write
        assert not sells or ways["look up, then set"]["calls"] > 2 * 58
        assert len(ways) > 2
        for way in ways.keys() & FOUND.keys():
            what, count = FOUND[way]
            assert ways[way][what] == count, way


def test_an_incremental_run_asks_as_often_in_a_larger_catalogue(measure: Measure) -> None:
    told = measure("size", "--skus", "200", "800", "--stores")
    small, large = told["rows"]
    assert (small["SKUs"], large["SKUs"]) == (200, 800)
    assert small["calls"] == large["calls"]
    assert small["idle calls"] == large["idle calls"]
    assert abs(small["idle asks"] - large["idle asks"]) <= TIME
    assert small["MiB empty"] <= small["MiB pulled"] <= small["MiB read"] <= small["MiB pushed"]


def test_standing_still_asks_redis_as_often_beside_more_stores(measure: Measure) -> None:
    told = measure("size", "--skus", "--stores", "2", "5", "--seconds", "0", wrote="stores")
    few, many = told["rows"]
    assert (few["stores"], many["stores"]) == (2, 5)
    assert abs(few["a look asks"] - many["a look asks"]) <= TIME
    assert abs(few["an idle session asks"] - many["an idle session asks"]) <= TIME


@pytest.mark.parametrize("server", ["redis", "valkey"])
def test_stores_of_one_cycle_are_measured_together(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    monkeypatch.setenv("STOCKBRIDGE_BENCH_SERVER", server)
    told = measure("together", "--stores", "2", "--skus", "60")
    assert told["server"].lower().startswith(f"{server} ")
    (row,) = told["rows"]
    assert (row["stores"], row["SKUs"]) == (2, 60)
    assert row["MiB empty"] <= row["MiB"] < 150


def test_a_server_that_is_not_there_is_told_and_not_replaced(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "STOCKBRIDGE_BENCH_SERVER": "nosuch"}
    command = [sys.executable, "-c", "from bench.server import version; version()"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "asks for nosuch, which is not installed" in done.stderr


def test_changes_and_sales_reach_the_shops_in_virtual_time(measure: Measure) -> None:
    told = measure("fresh", "--only", "virtual", "--hours", "0.05", "--skus", "60")
    shops = len({row["what"].partition(" → ")[2] for row in told["rows"]})
    changes, sales = told["rows"][:shops], told["rows"][shops:]
    assert sum(row["arrivals"] for row in changes) == 9 * shops
    assert sum(row["arrivals"] for row in sales) == 3 * max(2, len(READABLE)) * (shops - 1)
    assert told["never shown"] == 0
    assert 0 < told["share of the budget"] < told["bar of the share"]


def test_sales_told_by_webhooks_reach_the_other_shop_within_seconds(measure: Measure) -> None:
    told = measure("fresh", "--only", "webhooks", "--hours", "0.05", "--skus", "60", wrote="fresh-webhooks")
    sales = [row for row in told["rows"] if row["what"].startswith("sale")]
    assert len(sales) > 1
    assert told["never shown"] == 0
    assert all(sale["arrivals"] >= 3 > sale["p50 s"] for sale in sales)


def test_a_first_pull_beyond_its_budget_ends_in_virtual_time(measure: Measure) -> None:
    (row,) = measure("long_pull", "--skus", "2500", "--limit", "50")["rows"]
    assert (row["missing"], row["requests per hour"]) == (0, 50)
    assert 0.9 < row["done h"] < 1.2


def test_one_process_makes_every_store_right_beside_one_that_hangs(measure: Measure) -> None:
    arguments = ("--only", "workers", "--stores", "2", "--processes", "1", "--latency", "0.01", "--give-up", "90")
    (row,) = measure("fresh", *arguments, wrote="workers")["rows"]
    assert row["speedup"] == 1.0
    assert 0 < row["all right s"] < 90
    assert 0 < row["others beside one that hangs s"] < 20  # a request that hangs is given up after thirty


def test_after_a_rush_of_orders_every_number_is_right(measure: Measure) -> None:
    told = measure("rush", "--orders", "20", "--seconds", "20", "--skus", "100")
    assert told["wrong"] == 0
    assert told["right after s"] <= told["bar s"]


def test_a_start_is_timed_to_the_help_text_and_to_the_first_question_to_redis(measure: Measure) -> None:
    told = measure("start", "--runs", "3")
    assert [row["command"] for row in told["rows"]][::3] == ["--help", "status, to its first question to Redis"]
    assert told["rows"][0]["least s"] < told["rows"][3]["least s"]  # of three, for others are at work here too


def test_pages_are_asked_of_a_real_process_beside_a_bare_one(measure: Measure) -> None:
    told = measure("web", "--stores", "2", "--listings", "20", "--seconds", "0.1")
    assert (told["listings"], told["connections to Redis"] <= 2) == (20, True)
    assert [row["bar ms"] for row in told["rows"] if row["bar"]] == [100, 100, 50, 50]
    assert len(told["rows"]) == 10
    assert all(row["requests"] >= 5 and 0 < row["p50 ms"] <= row["p95 ms"] for row in told["rows"])
