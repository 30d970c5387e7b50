"""`catalog products|cartons create`, `rename`, `delete`, `restore`: what changes at 3PLGuys, and who did it."""

import getpass
import os
import pty
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest

WHO = f"{getpass.getuser()}@{socket.gethostname()}"
BOX = ("--size", "12x10x8 inch", "--weight", "5 pound")


def writes(cli: Any) -> list[str]:
    return [request.method for request in cli.source.log if request.method != "GET"]


def changes_in_history(cli: Any, sku: str) -> list[tuple[str, str, str]]:
    rows = cli("history", sku, "--json").json["history"]
    return [(x["what"], x["by"], x["why"]) for x in rows if x["what"].startswith("catalog-")]


# -- a whole life --------------------------------------------------------------------------------------


def test_the_whole_life_of_a_product(cli: Any) -> None:
    made = cli("catalog", "products", "create", "EGG-1", "Egg Shells", "--description", "For baking", "--json")
    assert (made.code, made.json["done"]) == (0, "created")
    assert (made.json["product"]["sku"], made.json["product"]["description"]) == ("EGG-1", "For baking")
    out = cli("catalog", "products", "rename", "EGG-1", "Egg Shells, large").out
    assert out == 'product 1, EGG-1 "Egg Shells, large" was changed.\n'
    assert cli.warehouse.find("EGG-1").description == "For baking"
    cli("catalog", "products", "rename", "EGG-1", "Eggs", "--description", "")
    assert (cli.warehouse.find("EGG-1").name, cli.warehouse.find("EGG-1").description) == ("Eggs", "")
    assert cli("catalog", "products", "delete", "EGG-1", "--yes").out.endswith('EGG-1 "Eggs" was deleted.\n')
    assert cli.warehouse.find("1").deleted_at is not None
    assert cli("catalog", "products", "restore", "EGG-1", "--json").json["done"] == "restored"
    assert cli.warehouse.find("1").deleted_at is None


def test_the_whole_life_of_a_carton(cli: Any) -> None:
    cli.warehouse.add("EGG-1", 20)
    made = cli("catalog", "cartons", "create", "EGG-1", "10", *BOX, "--json")
    assert (made.code, made.json["done"], made.json["carton"]["name"]) == (0, "created", "10-Pack Carton")
    carton = cli.warehouse.cartons.find("1")
    assert (carton.units, carton.dimensions["length"], carton.weight) == (10, 12, {"amount": 5, "units": "pound"})
    assert cli("catalog", "cartons", "rename", "1", "Ten eggs").code == 0
    assert carton.name == "Ten eggs"
    assert cli("catalog", "cartons", "delete", "1", "--yes", "--json").json["carton"]["deleted"] is True
    assert (
        cli("catalog", "cartons", "restore", "1").out
        == 'carton 1 "Ten eggs" of 10 × EGG-1 Product EGG-1 was restored.\n'
    )


def test_what_is_so_already_is_not_sent(cli: Any) -> None:
    cli.warehouse.add("A-1", 0)
    assert cli("catalog", "products", "restore", "A-1").out.endswith("is not deleted; nothing was changed.\n")
    cli.warehouse.delete("A-1")
    said = cli("catalog", "products", "delete", "A-1", "--yes", "--json")
    assert (said.code, said.json["done"]) == (0, None)
    assert writes(cli) == []


def test_the_deleted_one_is_restored_and_several_are_told_apart_by_id(cli: Any) -> None:
    cli.warehouse.add("A-1", 0)
    cli.warehouse.recreate("A-1")
    cli.warehouse.delete("A-1")
    said = cli("catalog", "products", "restore", "A-1", "--json")
    assert (said.code, "say which by its id, " in said.json["error"]) == (2, True)
    assert cli("catalog", "products", "restore", "1").code == 0
    assert [cli.warehouse.find(x).deleted_at is None for x in "12"] == [True, False]


# -- who did it ----------------------------------------------------------------------------------------


def test_history_says_who_changed_the_catalogue(synced: Any) -> None:
    cli = synced({"A-1": 5, "B-1": 1})
    cli("catalog", "products", "rename", "A-1", "Another name")
    cli("catalog", "cartons", "create", "A-1", "10", *BOX)
    cli("catalog", "cartons", "delete", "1", "--yes")
    assert changes_in_history(cli, "A-1") == [
        ("catalog-change", WHO, 'product 1 "Product A-1" → "Another name"'),
        ("catalog-create", WHO, "carton of 10 × A-1"),
        ("catalog-delete", WHO, 'carton 1 "10-Pack Carton" of 10 × A-1 Another name'),
    ]
    assert changes_in_history(cli, "B-1") == []
    assert "changed at 3PLGuys" in cli("history", "A-1").out


def test_history_knows_what_was_created_before_it_is_pulled(synced: Any) -> None:
    cli = synced({"A-1": 5})
    cli("catalog", "products", "create", "NEW-1", "Brand new")
    assert changes_in_history(cli, "NEW-1") == [("catalog-create", WHO, 'product "Brand new"')]


def test_a_refused_change_is_not_in_the_history(synced: Any) -> None:
    cli = synced({"A-1": 5})
    assert cli("catalog", "products", "delete", "A-1", "--yes").code == 1
    assert changes_in_history(cli, "A-1") == []


# -- asking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nothing_is_deleted_where_nobody_can_be_asked(cli: Any, more: tuple[str, ...]) -> None:
    cli.warehouse.add("A-1", 0)
    said = cli("catalog", "products", "delete", "A-1", *more)
    assert said.code == 2
    assert "add --yes to delete it" in (said.json["error"] if more else said.err)
    assert cli.warehouse.find("A-1").deleted_at is None
    assert writes(cli) == []


@pytest.mark.parametrize(("answer", "is_deleted"), [("n", False), ("y", True)])
def test_delete_asks_a_person_at_a_terminal(cli: Any, answer: str, is_deleted: bool) -> None:
    cli.warehouse.add("A-1", 0)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bridge", "catalog", "products", "delete", "A-1"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 4096)
    assert b'product 1, A-1 "Product A-1" would be deleted.' in said
    os.write(ours, f"{answer}\n".encode())
    with suppress(OSError):  # the other side of a terminal that was closed
        while os.read(ours, 4096):
            pass
    assert process.wait(30) == 0
    os.close(ours)
    assert (cli.warehouse.find("1").deleted_at is not None) is is_deleted


# -- what is refused -----------------------------------------------------------------------------------


def stocked(cli: Any) -> Any:
    cli.warehouse.add("A-1", 7)
    cli.warehouse.cartons.add("A-1", 5)
    cli.warehouse.cartons.set_count("1", 1)
    return cli


@pytest.mark.parametrize(
    ("arguments", "named", "sentence"),
    [
        (("products", "create", "A-1", "Again"), 'the product "A-1"', "SKU is already in use in your inventory"),
        (("products", "delete", "A-1", "--yes"), "the product 1", "Cannot delete a product that still has stock"),
        (("cartons", "delete", "1", "--yes"), "the carton 1", "Cannot delete a carton that still has stock"),
    ],
)
def test_the_servers_own_sentence_comes_word_for_word(
    cli: Any, arguments: tuple[str, ...], named: str, sentence: str
) -> None:
    said = stocked(cli)("catalog", *arguments, "--json")
    assert said.code == 1
    assert f"refused {named} (400): {sentence}." in said.json["error"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("products", "create", "X", "Name"), 1, 'the product "X": the SKU has fewer than 2 characters'),
        (("products", "create", "X-1", "N"), 1, "the name has fewer than 2 characters"),
        (("products", "rename", "A-1", ""), 1, "the product 1: the name has fewer than 2 characters"),
        (("cartons", "rename", "1", "N"), 1, "the carton 1: the name has fewer than 2 characters"),
        (("cartons", "create", "A-1", "0", *BOX), 1, "it holds 0 units, and the least is 1"),
        (("cartons", "create", "NONE", "5", *BOX), 2, 'no product with the SKU or the id "NONE"'),
        (("cartons", "create", "A-1", "5", "--size", "12x10 inch", "--weight", "5 lb"), 2, '"12x10 inch" is no size'),
        (("cartons", "create", "A-1", "5", "--size", "1x1x1 mile", "--weight", "5 lb"), 2, "'mile' is no unit"),
        (("cartons", "create", "A-1", "5", "--size", "1x1x1 in", "--weight", "heavy"), 2, '"heavy" is no weight'),
        (("cartons", "create", "A-1", "5", "--size", "1x1x0 in", "--weight", "5 lb"), 1, "its height is 0 inch"),
    ],
)  # fmt: skip
def test_limits_are_said_before_anything_is_sent(
    cli: Any, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    said = stocked(cli)("catalog", *arguments, "--json")
    assert (said.code, sentence in said.json["error"]) == (code, True), said.json["error"]
    assert writes(cli) == []


@pytest.mark.parametrize("told", ["x" * 10_001, 7, "half a \ud83d pair"], ids=["too long", "no text", "half a pair"])
def test_a_description_that_cannot_be_sent_back_as_it_is_stays_as_it_is(cli: Any, told: object) -> None:
    cli.warehouse.add("A-1", 0, "Thing").description = told
    said = cli("catalog", "products", "rename", "A-1", "Other", "--json")
    assert (said.code, writes(cli), cli.warehouse.find("A-1").description) == (1, [], told)
    assert "Nothing was sent for the product 1: its description at 3PLGuys is too long to be read" in said.json["error"]
    assert cli("catalog", "products", "rename", "A-1", "Other", "--description", "New").code == 0
    assert (cli.warehouse.find("A-1").name, cli.warehouse.find("A-1").description) == ("Other", "New")


def test_a_description_that_is_just_not_too_long_is_sent_back_whole(cli: Any) -> None:
    cli.warehouse.add("A-1", 0, "Thing", "x" * 10_000)
    assert cli("catalog", "products", "rename", "A-1", "Other").code == 0
    assert cli.warehouse.find("A-1").description == "x" * 10_000


# -- lost replies --------------------------------------------------------------------------------------


def test_a_creation_whose_answer_is_lost_is_found_and_made_once(cli: Any) -> None:
    cli.source.faults.add("drop", after=True)
    said = cli("catalog", "products", "create", "A-1", "Thing", "--json")
    assert (said.code, said.json["product"]["id"]) == (0, "1")
    assert (writes(cli), len(cli.warehouse)) == (["POST"], 1)


def test_what_nobody_can_tell_is_left_to_a_person_and_stands_in_the_history(cli: Any) -> None:
    cli.source.faults.add("drop", after=True)
    cli.source.faults.add("503", times=-1)
    said = cli("catalog", "products", "create", "A-1", "Thing", "--json")
    assert (said.code, 'asked of the product "A-1" is not known' in said.json["error"]) == (75, True)
    ((what, by, why),) = changes_in_history(cli, "A-1")
    assert (what, by, why) == ("catalog-create", WHO, 'product "Thing"; its answer was lost')


def test_two_people_do_not_change_it_at_once(cli: Any) -> None:
    cli.redis.set("stockbridge:lease:catalog changes", "1@elsewhere/1", px=60_000)
    said = cli("catalog", "products", "create", "A-1", "Thing", "--json")
    assert (said.code, "Somebody else is changing the catalogue" in said.json["error"]) == (75, True)
    assert writes(cli) == []
