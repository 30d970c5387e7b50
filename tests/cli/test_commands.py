"""The commands at their work: what they print, for people and for machines, and what they change."""

import getpass
import itertools
import os
import pty
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from bridge.sync.report import COUNTS

from .conftest import CommandLine, Synced

FIELDS = {"due", *COUNTS, "requests", "held", "error", "seconds"}


def wiped(synced: Synced) -> CommandLine:
    """Four SKUs all at zero in the warehouse, and held."""
    cli = synced(dict.fromkeys("ABCD", 10))
    for sku in "ABCD":
        cli.warehouse.set_stock(sku, 0)
    said = cli("sync")
    assert said.code == 1
    assert "main: 4 held: all 4 listings that show stock would go to zero" in said.err
    return cli


# -- sync ----------------------------------------------------------------------------------------------


def test_sync_prints_one_object_of_the_promised_shape(cli: CommandLine) -> None:
    cli.add("A", 5, shown=1)
    said = cli("sync", "--json")
    assert (said.code, said.err) == (0, "")
    assert set(said.json) == {"source", "stores"}
    assert set(said.json["source"]) == {"rows", "changed", "requests", "cursor"}
    assert set(said.json["stores"]["main"]) == FIELDS
    assert said.json["stores"]["main"]["applied"] == 1
    assert cli.main.shows("A") == 5


def test_sync_prints_a_plain_table_in_a_pipe(cli: CommandLine) -> None:
    cli.add("A", 5, shown=1)
    out = cli("sync").out
    assert "\x1b" not in out
    assert "store  due  applied" in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_a_dry_run_shows_the_difference_and_writes_nothing(cli: CommandLine) -> None:
    cli.add("A", 5, shown=1)
    cli.add("B", 8, shown=9)
    said = cli("sync", "--dry-run", "--json")
    assert said.code == 0
    plan = {
        row["sku"]: (row["shows"], row["would_show"], row["why"], row["held"])
        for row in said.json["stores"]["main"]["plan"]
    }
    assert plan == {
        "A": (1, 5, "warehouse 1 holds of A +5", False),
        "B": (9, 8, "warehouse 1 holds of B +8", False),
    }
    assert cli.main.offered == []
    assert "A    " in cli("sync", "--dry-run").out
    assert (cli.main.shows("A"), cli.main.shows("B")) == (1, 9)


def test_a_dry_run_shows_what_the_guard_would_hold(synced: Synced) -> None:
    cli = synced(dict.fromkeys("ABCD", 10))
    for sku in "ABCD":
        cli.warehouse.set_stock(sku, 0)
    said = cli("sync", "--dry-run", "--json")
    assert said.code == 1
    assert [row["held"] for row in said.json["stores"]["main"]["plan"]] == [True] * 4
    assert cli("release", "main").out == "main: nothing is held.\n"


def test_a_preview_offers_nothing_to_release_where_nothing_is_held(synced: Synced) -> None:
    cli = synced(dict.fromkeys("ABCD", 10))
    for sku in "ABCD":
        cli.warehouse.set_stock(sku, 0)
    for command in (("sync", "--dry-run"), ("check",)):
        said = cli(*command)
        assert "main: a push now would hold 4: all 4 listings that show stock would go to zero" in said.everything
        assert "release or reject" not in said.everything
        assert "held by the guard" not in said.everything
    cli("sync")
    said = cli("sync", "--dry-run")
    assert "main: 4 held: all 4 listings that show stock would go to zero" in said.err
    assert "a push now would hold" not in said.everything


def test_sync_of_one_store_leaves_the_other_due(cli: CommandLine) -> None:
    shop = cli.another_shop("outlet")
    cli.configure(cli.table(shop))
    cli.add("A", 5, shown=1)
    shop.add("A", 1)
    said = cli("sync", "--store", "outlet", "--json")
    assert list(said.json["stores"]) == ["outlet"]
    assert (cli.main.shows("A"), shop.shows("A")) == (1, 5)
    assert cli("diff", "main", "--json").json["stores"]["main"]["listings"][0]["sku"] == "A"


# -- status, pause, resume -----------------------------------------------------------------------------


def test_status_of_a_fresh_installation_says_what_to_do(cli: CommandLine) -> None:
    said = cli("status")
    assert said.code == 75
    assert said.out.startswith("late: The warehouse was never read: run `stockbridge sync`")
    assert cli("status", "--json").json["stores"]["main"]["mapped"] == 0


def test_status_after_a_good_cycle_is_green(synced: Synced) -> None:
    said = synced({"A": 5})("status", "--json")
    assert said.code == 0
    assert said.json["light"] == "green"
    assert said.json["stores"]["main"]["read_back"] == 0  # nothing had to be written
    assert said.json["source"]["rows"] == 1
    assert [run["stores"]["main"]["due"] for run in said.json["runs"]] == [1]


def test_a_paused_store_is_read_and_not_written(synced: Synced) -> None:
    cli = synced({"A": 5})
    assert "go on with `stockbridge resume main`" in cli("pause", "main").out
    cli.warehouse.set_stock("A", 3)
    said = cli("sync")
    assert (said.code, cli.main.shows("A")) == (0, 5)
    assert "main: paused" in said.err
    status = cli("status")
    assert status.code == 0
    assert "main is paused" in status.out
    assert "and the store is paused" in cli("diff", "main").out
    assert "stockbridge resume main" in cli("explain", "A").out
    cli("resume", "main")
    assert cli("sync").code == 0
    assert cli.main.shows("A") == 3


def test_a_pause_before_the_first_cycle_counts(cli: CommandLine) -> None:
    cli.add("A", 5, shown=1)
    cli("pause", "main")
    cli("sync")
    assert cli.main.shows("A") == 1


def test_resume_says_when_the_configuration_still_pauses(cli: CommandLine) -> None:
    cli.configure("paused = true")
    assert "stays paused, because the configuration says `paused = true`" in cli("resume", "main").err


# -- the guard -----------------------------------------------------------------------------------------


def test_what_is_held_stands_in_status_and_diff(synced: Synced) -> None:
    cli = wiped(synced)
    status = cli("status")
    assert status.code == 1
    assert "main: 4 lowerings are held until a person decides" in status.out
    shown = status.out.splitlines()
    assert shown[-1] == shown[0]  # once more, where a long report ends
    rows = cli("diff", "main", "--json").json["stores"]["main"]["listings"]
    assert [(row["sku"], row["shows"], row["would_show"]) for row in rows] == [(sku, 10, 0) for sku in "ABCD"]
    assert rows[0]["why"].startswith("held: all 4 listings")
    assert "decide with `stockbridge release main`" in cli("explain", "A").out


def test_release_lets_the_held_falls_through(synced: Synced) -> None:
    cli = wiped(synced)
    said = cli("release", "main", "--json")
    assert [
        (row["sku"], row["shows"], row["target"], row["decision"]) for row in said.json["stores"]["main"]["held"]
    ] == [(sku, 10, 0, None) for sku in "ABCD"]
    assert cli("sync").code == 0
    assert [cli.main.shows(sku) for sku in "ABCD"] == [0] * 4
    assert cli("release", "main").out == "main: nothing is held.\n"


def test_a_rejected_fall_is_dropped_and_may_still_be_released(synced: Synced) -> None:
    cli = wiped(synced)
    assert "main: 4 dropped; they stay on offer." in cli("release", "main", "--reject").out
    said = cli("sync")
    assert (said.code, "40 units are on offer that the warehouse does not have" in said.err) == (1, True)
    assert cli.main.shows("A") == 10
    status = cli("status")
    assert (status.code, "4: 40 units on offer that the warehouse does not have" in status.out) == (1, True)
    assert "was rejected" in cli("explain", "A").out
    assert cli("release", "main", "--reject").out == "main: nothing is held.\n"
    assert "main: 4 released" in cli("release", "main").out
    cli("sync")
    assert cli.main.shows("A") == 0


def test_release_of_one_sku_leaves_the_others_held(synced: Synced) -> None:
    cli = wiped(synced)
    assert "main: 1 released" in cli("release", "main", "--sku", "A", "--yes").out
    assert "10 units less" not in cli("sync").out
    assert [cli.main.shows(sku) for sku in "ABCD"] == [0, 10, 10, 10]
    assert cli("release", "main", "--sku", "NO-SUCH").code == 2


def test_release_shows_from_to_and_units(synced: Synced) -> None:
    rows = wiped(synced)("release", "main", "--reject", "--json").json["stores"]["main"]["held"]
    assert [(row["shows"], row["to"], row["units"]) for row in rows] == [(10, 10, 10)] * 4


def test_history_says_who_decided_what(synced: Synced) -> None:
    cli, who = wiped(synced), f"{getpass.getuser()}@{socket.gethostname()}"
    cli("release", "main", "--sku", "A", "--reject")
    cli("pause", "main")
    cli("resume", "main")
    said = {sku: cli("history", sku, "--json").json["history"] for sku in "AB"}
    decided = {sku: [(x["what"], x["by"]) for x in rows if "by" in x] for sku, rows in said.items()}
    assert decided["A"] == [("reject", who), ("pause", who), ("resume", who)]
    assert decided["B"] == [("pause", who), ("resume", who)]
    assert who in cli("history", "A").out


@pytest.mark.parametrize(("answer", "shows"), [("n", 10), ("y", 0)])
def test_release_asks_a_person_at_a_terminal(synced: Synced, answer: str, shows: int) -> None:
    cli = wiped(synced)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "release", "main"], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 4096)
    os.write(ours, f"{answer}\n".encode())
    with suppress(OSError):  # the other side of a terminal that was closed
        while os.read(ours, 4096):
            pass
    assert process.wait(30) == 0
    os.close(ours)
    assert b"Let these through?" in said
    cli("sync")
    assert cli.main.shows("A") == shows


def test_release_waits_for_a_worker_and_gives_up(synced: Synced) -> None:
    cli = wiped(synced)
    cli.redis.set("stockbridge:lease:store:main", "1@elsewhere/1", px=60_000)
    said = cli("release", "main")
    assert (said.code, "A worker is busy with main; nothing was decided" in said.err) == (75, True)


# -- unmapped, quarantine ------------------------------------------------------------------------------


def test_unmapped_shows_both_sides_and_names_that_look_alike(cli: CommandLine) -> None:
    cli.add("A", 5)
    cli.warehouse.add("HAT m", 3, "Hat")
    cli.warehouse.add("GHOST", 2)
    cli.main.add("Hat-M", 1)
    cli.main.add("", 1)
    cli("sync")
    found = cli("unmapped", "--json").json["stores"]["main"]
    assert [(row["sku"], row["looks_like"]) for row in found["listings"]] == [("", None), ("Hat-M", "HAT m")]
    assert [(row["sku"], row["units"], row["looks_like"]) for row in found["products"]] == [
        ("GHOST", 2, None), ("HAT m", 3, "Hat-M"),
    ]  # fmt: skip
    assert "2 listings without a warehouse SKU, 2 warehouse SKUs without a listing" in cli("unmapped", "main").out


def test_quarantine_shows_the_reason_and_resync_forgets_it(synced: Synced) -> None:
    cli = synced({"A": 5, "B": 5})
    why = cli.main.refuse("A")
    cli.warehouse.set_stock("A", 4)
    cli("sync")
    (row,) = cli("quarantine", "--json").json["stores"]["main"]["quarantine"]
    assert row["sku"] == "A"
    assert why in row["why"]
    assert "main: 1 in quarantine" in cli("quarantine").out
    assert "The store refused it" in cli("explain", "A").out
    assert "refused" in cli("history", "A").out


def test_what_is_left_alone_is_counted_by_its_reason(cli: CommandLine) -> None:
    cli.add("A", 5)
    cli.add("GIFT", 1)
    cli.main.untrack("GIFT")
    cli("sync")
    assert "the store does not track its stock" in cli("quarantine", "main").out
    assert "does not track" in cli("explain", "GIFT").out


def test_foreign_text_cannot_drive_the_terminal(cli: CommandLine) -> None:
    cli.main.add("X\x1b[2J", 1)
    cli("sync")
    assert "\x1b" not in cli("unmapped").out


# -- explain and history -------------------------------------------------------------------------------


@pytest.fixture
def busy(cli: CommandLine) -> CommandLine:
    """A buffer, a share, another store's orders, a bundle, a shipment nobody counted."""
    outlet = cli.another_shop("outlet")
    rules = 'buffer = 2\nshare = "50%"\ncap = 9\n[stores.main.bundles]\n"KIT" = { "MUG" = 2, "TEA" = 1 }\n'
    cli.configure(rules + cli.table(outlet))
    cli.add("MUG", 30, shown=9)
    cli.add("TEA", 8, shown=3)
    outlet.add("MUG", 30)
    cli.main.add("KIT", 1)
    cli("sync")
    order = cli.main.sell("MUG", 3)
    cli.main.sell("KIT", 1)
    outlet.sell("MUG", 4)
    cli.main.ship(order)
    cli("sync")
    return cli


def test_the_lines_of_every_slip_add_up_to_its_target(busy: CommandLine) -> None:
    stores = busy("explain", "MUG", "--json").json["stores"]
    slips = [x for found in stores.values() for x in found["slips"]]
    assert [(x["store"], x["sku"]) for x in slips] == [("main", "MUG"), ("main", "KIT"), ("outlet", "MUG")]
    for slip in slips:
        assert sum(line["units"] for line in slip["lines"]) == slip["target"]
        beside = slip["own_committed"] if busy.main.connector.capabilities.writes == "on_hand" else 0
        assert slip["quantity"] == slip["target"] + beside == slip["shown"]["number"]


def test_a_slip_names_everything_that_takes_units(busy: CommandLine) -> None:
    mug = busy("explain", "MUG", "main", "--json").json["stores"]["main"]["slips"][0]
    assert mug["lines"] == [
        {"what": "warehouse Main Warehouse (1) holds of MUG", "units": 30},
        {"what": "open orders of main", "units": -2},
        {"what": "open orders of outlet", "units": -4},
        {"what": "shipped, not yet counted by the warehouse: main", "units": -3},
        {"what": "buffer 2", "units": -2},
        {"what": "share 50%", "units": -10},
    ]
    assert (mug["target"], mug["rules"]["cap"], mug["next"]) == (9, 9, "Nothing: the store shows what it should.")
    assert mug["last_write"]["reply"] == "applied"


def test_a_bundle_names_its_scarcest_part(busy: CommandLine) -> None:
    (kit,) = busy("explain", "KIT", "main", "--json").json["stores"]["main"]["slips"]
    assert kit["parts"] == [
        {"sku": "MUG", "pieces": 2, "free": 21, "makes": 10, "scarcest": False},
        {"sku": "TEA", "pieces": 1, "free": 7, "makes": 7, "scarcest": True},
    ]


def test_the_slip_of_a_warehouse_sku_names_orders_and_shipments(busy: CommandLine) -> None:
    (stock,) = busy("explain", "MUG", "--json").json["stock"]
    assert [x["units"] for x in stock["unconfirmed"]] == [3]
    assert {store: sum(orders.values()) for store, orders in stock["committed"].items()} == {"main": 2, "outlet": 4}
    out = busy("explain", "MUG").out
    assert "not counted by the warehouse; expires at" in out
    assert "= target" in out


def test_explain_of_a_sku_without_a_listing_shows_the_stock(cli: CommandLine) -> None:
    cli.warehouse.add("GHOST", 2)
    cli.add("A", 1)
    cli("sync")
    said = cli("explain", "GHOST")
    assert said.code == 0
    assert "main: no listing has it." in said.out


def test_an_unknown_sku_is_met_with_the_nearest(synced: Synced) -> None:
    said = synced({"WDG-2024-BLK": 5})("explain", "wdg 2024 blk")
    assert said.code == 2
    assert 'Neither the warehouse nor main has the SKU "wdg 2024 blk"; did you mean "WDG-2024-BLK" (Product' in said.err


def test_history_tells_writes_counts_and_changes_in_the_store(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.warehouse.set_stock("A", 3)
    cli("sync")
    rows = cli("history", "A", "--json").json["history"]
    assert [(row["what"], row["from"], row["to"]) for row in rows] == [("level", {"1": 5}, {"1": 3}), ("write", 5, 3)]
    assert "warehouse counts" in cli("history", "A").out


def test_history_of_a_bundle_is_that_of_its_own_listing(busy: CommandLine) -> None:
    rows = busy("history", "KIT", "--json").json["history"]
    assert {row["ref"] for row in rows if row["what"] == "write"} == {rows[0]["ref"]}
    everything = busy("history", "MUG", "--json").json["history"]
    assert {row["store"] for row in everything if row["what"] == "write"} == {"main", "outlet"}


# -- check ---------------------------------------------------------------------------------------------


def test_check_offline_asks_nobody(cli: CommandLine) -> None:
    cli.monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    said = cli("check", "--offline", "--json")
    assert said.code == 0
    assert said.json == {
        "ok": True, "configuration": {"ok": True, "faults": [], "stores": {"main": cli.main.platform}, "warnings": []},
        "inbound": {},
    }  # fmt: skip
    assert sum(cli.source.calls.values()) == 0


def test_check_tells_what_a_first_push_would_change(cli: CommandLine) -> None:
    for n in range(12):
        cli.add(f"S{n:02}", 50, shown=50 + n)
    cli.main.sell("S01", 2)
    said = cli("check", "--json")
    assert said.code == 0
    store = said.json["stores"]["main"]
    (orders,) = store["open_orders"]
    assert (orders["age"], orders["orders"], orders["units"], len(orders["oldest"])) == ("under a day", 1, 2, 1)
    assert len(store["locations"]) == 1
    push = said.json["first_push"]["stores"]["main"]
    assert (push["would_lower"], push["would_raise"]) == (11, 0)
    assert [row["sku"] for row in push["biggest_falls"]] == [f"S{n:02}" for n in range(11, 1, -1)]
    assert cli.main.offered == []
    assert "a push now would lower 11" in cli("check").out


def test_check_prints_json_for_a_wrong_configuration_too(cli: CommandLine) -> None:
    cli.configure("bufer = 2")
    said = cli("check", "--json")
    assert said.code == 2
    assert said.json["configuration"]["faults"][0].startswith("stores.main.bufer")


# -- the rest ------------------------------------------------------------------------------------------

COMMANDS = (
    "demo", "check", "sync", "resync", "status", "diff", "drift", "unmapped", "quarantine", "explain", "history",
    "pause", "resume", "release", "rollback",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cli: CommandLine, command: str) -> None:
    said = cli(command, "--help")
    assert said.code == 0
    assert f"Usage: stockbridge {command}" in said.out


def test_without_a_redis_url_a_server_is_started_and_its_data_kept(cli: CommandLine) -> None:
    cli.monkeypatch.delenv("REDIS_URL")
    cli.monkeypatch.setenv("STOCKBRIDGE_DATA", ".stockbridge")
    cli.add("A", 5, shown=1)
    assert cli("sync").code == 0
    assert cli("status", "--json").json["stores"]["main"]["mapped"] == 1


def test_resync_without_a_worker_says_so(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.monkeypatch.setattr("bridge.cli.resync.ANSWER", 0.2)
    said = cli("resync", "main", "--wait")
    assert said.code == 1
    assert "No worker answers, so the request waits in the queue" in said.err
    assert cli.redis.llen("celery") == 1
    said = cli("resync", "main", "--wait", "--json")
    assert (said.code, said.err) == (1, "")
    assert said.json["stores"]["main"] == {"request": 2, "worker": False, "done": False}
    assert said.json["error"].startswith("No worker answers")


def test_resync_refuses_a_sku_nobody_has(synced: Synced) -> None:
    said = synced({"A": 5})("resync", "main", "--sku", "NOPE")
    assert (said.code, 'no listing has or takes the SKU "NOPE"' in said.err) == (2, True)


def test_resync_is_done_by_a_worker(synced: Synced) -> None:
    cli = synced({"A": 5, "B": 5})
    cli.main.edit("A", 9)
    command = [sys.executable, "-m", "celery", "-A", "bridge", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.PIPE, text=True) as worker:
        try:
            said = next(s for _ in itertools.count() if (s := cli("resync", "main", "--sku", "A", "--wait")).code != 1)
        finally:
            worker.terminate()
            worker.communicate(timeout=30)
    assert said.code == 0, said
    assert "main: done; " in said.out
    assert cli.main.shows("A") == 5
