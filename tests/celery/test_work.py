"""What the worker and beat do on a good day."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from .conftest import Works


def test_what_beat_finds_due_makes_the_shop_right(works: Works) -> None:
    works.fill(30)
    works.worker()
    works.beat()
    works.until(works.has_ended)
    works.warehouse.set_stock("SKU-3", 2)
    works.sell("SKU-5", 2)
    works.until(lambda: works.main.shows("SKU-3") == 2)
    works.until(works.has_ended)
    assert works.main.shows("SKU-5") == 15 - 2


def test_worker_and_beat_fit_the_smallest_hosted_redis(works: Works) -> None:
    """Twenty connections, of which a command or two must get some."""
    before = {client["id"] for client in works.db.client_list()}  # those of the tests themselves
    works.fill(5)
    works.worker()
    works.beat()
    works.until(works.has_ended)
    looks = works.looks(3)
    most = 0
    while next(looks):
        most = max(most, len({client["id"] for client in works.db.client_list()} - before))
    assert 5 < most <= 17


@pytest.mark.states("3pl.guide.purpose")
def test_a_change_reaches_the_shop_within_a_poll_and_a_moment(works: Works) -> None:
    works.fill(3)
    works.worker()
    works.beat()
    works.until(works.has_ended)
    for units in (1, 40):
        works.warehouse.set_stock("SKU-0", units)
        began = time.monotonic()
        works.until(works.is_right)
        assert time.monotonic() - began < 5 + 4


def test_the_catalogue_is_read_beside_the_polls(works: Works) -> None:
    works.fill(2)
    works.warehouse.rename("SKU-0", "Mug", "Holds a pint")
    works.worker()
    works.beat()
    works.until(lambda: works.db.hexists("stockbridge:catalogue", works.warehouse.known("SKU-0").id))
    works.until(works.has_ended)
    assert works.source.calls["/v0/inventory/products"] == 1


def test_every_task_can_be_sent_by_name(works: Works) -> None:
    works.fill(4)
    works.worker()
    works.send("bridge.tick")
    works.until(works.has_ended)

    works.warehouse.set_stock("SKU-0", 3)
    works.send("bridge.pull")
    works.until(works.has_ended)

    works.add("SKU-NEW", 9, shown=1)
    works.send("bridge.pull")
    works.send("bridge.remap", "main")
    works.until(works.has_ended)

    works.main.edit("SKU-1", 4)
    works.send("bridge.reconcile", "main")
    works.until(works.has_ended)

    works.main.edit("SKU-2", 2)
    works.send("bridge.resync", "main", ["SKU-2"])
    works.until(works.has_ended)

    works.sell("SKU-3", 1)
    works.send("bridge.push", "main")
    works.until(lambda: works.db.hget("stockbridge:store:main:ordered", works.main.ref("SKU-3")))
    works.until(works.has_ended)


def test_doubled_and_late_messages_do_no_harm(works: Works) -> None:
    works.fill(12)
    for _ in range(5):
        for name, *arguments in (("tick",), ("pull",), ("push", "main"), ("reconcile", "main"), ("resync", "main")):
            works.send(f"bridge.{name}", *arguments)
    works.send("bridge.tick", expires=-60)
    works.worker()
    works.until(works.has_ended)
    works.until(lambda: not works.db.llen("celery"))
    works.until(lambda: not works.db.hlen("unacked"))
    works.until(works.has_ended)
    assert sum(x["stores"]["main"]["applied"] for x in _runs(works)) == 12


def _runs(works: Works) -> list[dict[str, Any]]:
    return [run for raw in works.db.lrange("stockbridge:runs", 0, -1) if (run := json.loads(raw))["stores"]]


def test_resync_waits_for_its_own_answer(works: Works) -> None:
    """At a store that takes its time; what other sessions do meanwhile is not taken for it."""
    works.fill(3)
    works.worker()
    works.send("bridge.tick")
    works.until(works.has_ended)
    works.main.edit("SKU-1", 4)
    works.main.sandbox.faults.add("delay", times=3, seconds=1.5)
    command = [sys.executable, "-m", "bridge", "resync", "main", "--sku", "SKU-1", "--wait"]

    def asked(*more: str) -> "subprocess.CompletedProcess[str]":
        whole = [*command, *more]
        return subprocess.run(whole, env=works.env, cwd=works.folder, capture_output=True, text=True, check=False)

    done = asked()
    assert (done.returncode, works.wrong()) == (0, []), done
    assert "main: done; " in done.stdout
    assert "0 still due." in done.stdout
    done = asked("--json")
    did = json.loads(done.stdout)["stores"]["main"]
    assert (did["done"], did["due"], did["held"], did["error"]) == (True, 0, None, None), done
    works.main.revoke()
    done = asked()
    assert done.returncode == 1, done
    assert "main: was tried; 0 written" in done.stdout
