"""The field's words stay: names that were replaced do not come back. Ordinary English is free in prose."""

import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("bridge", "connectors", "bench", "tests")

REPLACED: Mapping[str, str] = {
    # stock
    **dict.fromkeys(("Spot", "spot", "spots", "by_spot", "read_spot"), "stock_key"),
    **dict.fromkeys(("Footing", "footing", "footings"), "basis"),
    "Known": "StoreStock",
    **dict.fromkeys(("aim", "aims", "aimed", "aimless"), "last_target"),
    **dict.fromkeys(("books", "left_books"), "on_hand"),
    "sellable": "available",
    **dict.fromkeys(("reads_open", "own_open", "known_open", "open_units"), "committed"),
    **dict.fromkeys(("Departure", "departure", "departures", "depart", "departed"), "shipment"),
    **dict.fromkeys(("uncounted", "Tidied"), "unconfirmed, Pruned"),
    **dict.fromkeys(("Fall", "falls_between"), "LevelDecrease"),
    **dict.fromkeys(("twins", "twin"), "duplicates"),
    # moving data
    **dict.fromkeys(("Movement", "movement", "movements", "read_moved"), "order_line"),
    **dict.fromkeys(("Shell", "shell", "shell_at"), "context"),
    **dict.fromkeys(("Visit", "visit", "visits", "visit_store", "visiting", "visited_at"), "session"),
    **dict.fromkeys(("Round", "run_round", "rounds"), "cycle"),
    **dict.fromkeys(("Trouble", "trouble", "TroubleKind"), "breaker"),
    **dict.fromkeys(("ListTrouble", "list_trouble", "note_list_trouble"), "doubted_list"),
    **dict.fromkeys(("strangers", "strangers_of", "look_for_strangers"), "unknown_warehouses"),
    **dict.fromkeys(("watch_parcels", "look_twice", "look_again", "rules_moved", "is_any_back"), "what it does"),
    "Looked": "OrderLooks",
    **dict.fromkeys(("Patience", "patience", "PATIENCE"), "retry policy, time limit"),
    **dict.fromkeys(("Pulse", "pulse", "pulses"), "heartbeat"),
    **dict.fromkeys(("Meter", "meter"), "rate_budget"),
    **dict.fromkeys(("Voice", "voice"), "event"),
    **dict.fromkeys(("fly", "flown", "flights", "flying"), "in_flight"),
    **dict.fromkeys(("settle", "Settlement", "settle_time"), "a name of its own"),
    **dict.fromkeys(("bysku", "skuindex"), "sku_index"),
    **dict.fromkeys(("crew", "Crew", "hire", "dismiss"), "supervisor"),
    **dict.fromkeys(("lend", "lending", "take_back"), "overlap"),
    **dict.fromkeys(("standin", "standins", "stand_in", "stand_ins", "StandIn", "hands", "Hands"), "sandbox"),
    **dict.fromkeys(("Stage", "stage", "Scene", "scene", "Town", "town", "Desk", "desk", "SourceDesk"), "harness"),
    **dict.fromkeys(("Rival", "rival"), "other_writer"),
    **dict.fromkeys(("tidy", "tidied", "leaving"), "prune, expiring"),
    **dict.fromkeys(("Remembers", "recall", "lessons"), "PersistsState"),
    **dict.fromkeys(("Revisits", "revisited"), "RefetchesOrders"),
    # deciding
    **dict.fromkeys(("Case", "weigh", "slack"), "PlanInput, evaluate, surplus"),
}
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "visit": ("connectors/shopify/sandbox/",),  # graphql.visit
    "leaving": ("tests/chaos/",),  # workers that end
    "patience": ("tests/test_config.py",),  # an option of a connector that the test makes up
}
"""Where such a name belongs to somebody else."""


def names_of(path: Path) -> Iterator[tuple[int, str]]:
    yield 1, path.stem
    with path.open("rb") as file:
        yield from ((t.start[0], t.string) for t in tokenize.tokenize(file.readline) if t.type == tokenize.NAME)


def python_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_no_replaced_name_comes_back() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}; say {REPLACED[name]}"
        for path in python_files()
        for line, name in names_of(path)
        if name in REPLACED and not str(path.relative_to(ROOT)).startswith(ELSEWHERE.get(name, "-"))
    ]
    assert found == []


def test_the_name_of_an_exception_needs_no_exemption() -> None:
    exempt = "N" + "818"
    assert [str(path.relative_to(ROOT)) for path in python_files() if exempt in path.read_text()] == []
    assert exempt not in (ROOT / "pyproject.toml").read_text()
