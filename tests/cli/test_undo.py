"""`drift` and `rollback` at a terminal."""

import pytest

from bridge.state import keys

from .conftest import CommandLine, Synced


@pytest.fixture
def wrong(synced: Synced) -> CommandLine:
    """A shop whose last run wrote nonsense."""
    cli = synced({"A": 20, "B": 20, "C": 20})
    cli.warehouse.set_stock("A", 17)
    cli.warehouse.receive("B", 10)
    cli("sync")
    return cli


@pytest.fixture
def run(wrong: CommandLine) -> str:
    """The id of that run."""
    return str(wrong("status", "--json").json["runs"][0]["run"])


def shown(cli: CommandLine) -> list[int]:
    return [cli.main.shows(sku) for sku in ("A", "B", "C")]


# -- drift -----------------------------------------------------------------------------------------------


def test_drift_lists_what_was_edited_and_that_it_was_healed(synced: Synced) -> None:
    cli = synced({"A": 20, "B": 20})
    cli.main.edit("A", 33)
    cli("sync", "--full")
    found = cli("drift", "--json").json["stores"]["main"]
    assert [(x["sku"], x["was"], x["now"], x["cause"], x["count"]) for x in found["drifts"]] == [
        ("A", 20, 33, "edited in the store", 1)
    ]
    assert found["drifts"][0]["healed"]
    said = cli("drift", "main")
    assert (said.code, "edited in the store" in said.out) == (0, True)
    assert "main: 0 differ, 1 put right within a week" in said.out
    assert "0 differ unexplained, 1 put right within a week" in cli("status").out


def test_drift_says_what_stays_because_nothing_heals_it(synced: Synced) -> None:
    cli = synced({"A": 20}, rules="heal = false")
    cli.main.edit("A", 33)
    cli("sync", "--full")
    said = cli("drift")
    assert "main: 1 differ, 0 put right" in said.out
    assert "heal = false" in said.out
    assert cli.main.shows("A") == 33


def test_status_names_another_program(synced: Synced) -> None:
    cli = synced({"A": 20, "B": 5})
    for _ in range(4):
        cli.main.edit("A", 33)
        cli("sync", "--full")
    said = cli("status")
    assert said.code == 1
    assert "main: another program seems to write the stock of store main: 1 listing changed back 3 times" in said.out
    assert "another program" in cli("drift").err


def test_without_any_drift_the_report_is_one_line(synced: Synced) -> None:
    said = synced({"A": 20})("drift")
    assert (said.code, said.out.count("\n")) == (0, 1)


# -- rollback --------------------------------------------------------------------------------------------


def test_rollback_puts_back_and_pauses(wrong: CommandLine, run: str) -> None:
    assert shown(wrong) == [17, 30, 20]
    said = wrong("rollback", run, "--yes")
    assert (said.code, shown(wrong)) == (0, [20, 20, 20]), said
    assert "main: 2 of 2 writes can be put back" in said.out
    assert "only 17 are free now" in said.out
    assert "stockbridge resume main" in said.out
    assert "by the rollback of run" in wrong("status").out
    assert f"undoes run {run}" in wrong("history", "A").out


def test_rollback_shows_and_writes_nothing_on_a_dry_run(wrong: CommandLine, run: str) -> None:
    said = wrong("rollback", run, "--dry-run", "--json")
    assert said.code == 0
    main = said.json["stores"]["main"]
    assert [(x["sku"], x["shown"], x["quantity"]) for x in main["back"]] == [("A", 17, 20), ("B", 30, 20)]
    assert (main["run"], main["result"], shown(wrong)) == (None, None, [17, 30, 20])
    assert not wrong("status", "--json").json["stores"]["main"]["paused"]


def test_rollback_asks_before_it_writes(wrong: CommandLine, run: str) -> None:
    said = wrong("rollback", run)
    assert (said.code, "add --yes" in said.err) == (2, True)
    assert shown(wrong) == [17, 30, 20]


def test_rollback_tells_what_stays_and_why(wrong: CommandLine, run: str) -> None:
    wrong.main.edit("A", 4)
    said = wrong("rollback", run, "--yes", "--store", "main", "--json")
    main = said.json["stores"]["main"]
    assert [(x["sku"], x["why"]) for x in main["kept"]] == [("A", "it shows 4 instead of the 17 that the run wrote")]
    assert main["result"]["applied"] == 1
    assert shown(wrong) == [4, 20, 20]


def test_rollback_says_when_the_history_no_longer_reaches_so_far(wrong: CommandLine, run: str) -> None:
    wrong.redis.delete(keys.HISTORY, keys.of_store("main", "undo"))
    said = wrong("rollback", run, "--yes")
    assert (said.code, "2 more writes of this run are no longer in the history" in said.err) == (1, True)
    assert "Nothing was put back." in said.out


def test_rollback_of_a_run_nobody_knows_names_others(wrong: CommandLine, run: str) -> None:
    said = wrong("rollback", run[:-1] + "x")
    assert (said.code, f'did you mean "{run}"?' in said.err) == (2, True)
    said = wrong("rollback", "yesterday")
    assert (said.code, run in said.err) == (2, True)


def test_rollback_of_a_run_that_wrote_nothing(wrong: CommandLine) -> None:
    wrong("sync")
    idle = wrong("status", "--json").json["runs"][0]["run"]
    said = wrong("rollback", idle, "--yes")
    assert (said.code, f"Run {idle} wrote nothing." in said.out) == (0, True)


def test_rollback_of_a_store_that_does_not_answer_waits(wrong: CommandLine, run: str) -> None:
    wrong.main.go_down()
    said = wrong("rollback", run, "--yes")
    assert (said.code, shown(wrong)) == (75, [17, 30, 20])


def test_the_last_run_is_put_back_whole_when_the_history_is_gone(wrong: CommandLine, run: str) -> None:
    wrong.redis.delete(keys.HISTORY)
    assert (wrong("rollback", run, "--yes").code, shown(wrong)) == (0, [20, 20, 20])


def test_history_says_how_far_it_reaches(wrong: CommandLine) -> None:
    said = wrong("history", "A", "--json").json
    assert said["since"] <= said["history"][0]["at"]
    assert f"The history reaches back to {said['since'][:10]}" in wrong("history", "A").out


def test_the_word_of_resync_waits_in_the_state_for_whichever_worker_comes(wrong: CommandLine) -> None:
    said = wrong("resync", "main", "--full", "--confirm-absent")
    assert (said.code, "No worker answers" in said.err) == (1, True)
    assert '"by"' in str(wrong.redis.hget(keys.of_store("main", "info"), "confirm_absent"))
    decided = [x["what"] for x in wrong("history", "A", "--json").json["history"] if "by" in x]
    assert sorted(decided) == ["confirm-absent", "resync"]
