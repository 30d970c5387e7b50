"""Workers on machines of their own, on one Redis: one machine is cut off while it holds a store's lease and a write of
it is under way, another dies; the third goes on, the first returns, and nothing is wrong."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bridge.process.supervisor import BEAT
from tests.chaos import judge
from tests.chaos.host import until
from tests.chaos.world import COUNTED, MAIN, SHOPS, WAREHOUSE, Life, World, opened

from .machines import LEASES, Machine, permitted

pytestmark = pytest.mark.timeout(600)
COUNT = 3
HELD = 5
"""Seconds for which the shop holds the write that the cut meets."""

AFTER = 30
"""What people do in warehouse and shops after the cut."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """All but workers, with beat."""
    if not permitted():
        assert not os.environ.get("CI"), "this machine permits no network namespaces"
        pytest.skip("this machine permits no network namespaces: root and unshare(1) are needed")
    (tmp_path / "shorter_leases.py").write_text(LEASES)
    with opened(tmp_path) as made:
        made.members.start("beat", BEAT, made.env)
        yield made


def holders(world: World) -> dict[str, str]:
    """Store → the machine that works with it now."""
    held = {store: world.redis.client.get(f"stockbridge:lease:store:{store}") for store in SHOPS}
    known = {store: who.decode() for store, who in held.items() if isinstance(who, bytes)}
    return {store: who.partition("@")[2].partition(":")[0] for store, who in known.items()}


def is_under_way(world: World, store: str) -> bool:
    """Whether a write was sent and is not answered."""
    return bool(world.redis.client.hlen(f"stockbridge:store:{store}:flight") > 1)  # one is the epoch of its keys


def cut_in_mid_write(world: World, machines: dict[str, Machine], life: Life) -> Machine:
    """The machine whose write the shop has, and whose cable is pulled now."""
    world.sandboxes[MAIN].client.do("fault", kind="delay", seconds=HELD, on=world.troubles[MAIN].write)
    found = list[Machine]()

    def cut() -> bool:
        name = holders(world).get(MAIN)
        if name is None or not is_under_way(world, MAIN):
            return False
        machines[name].cut()
        found.append(machines[name])
        return True

    until(cut, "a write is under way", 120)
    return found[0]


def spread(world: World) -> tuple[set[str], int]:
    """The machines that held a store's lease within some seconds, and how many connections Redis had at most."""
    seen, most, ends = set[str](), 0, time.monotonic() + 60
    while len(seen) < COUNT and time.monotonic() < ends:
        seen |= {*holders(world).values()}
        most = max(most, len(world.redis.client.client_list()) - 1)  # without the one that looks
        time.sleep(0.005)
    return seen, most


def works_again(world: World, machine: Machine) -> bool:
    """Whether it takes a part of what a stock-take makes due."""
    warehouse = world.sandboxes[WAREHOUSE].client
    sku = next(sku for sku in warehouse.see("stock") if sku in COUNTED)
    warehouse.do("set_stock", product=sku, units=int(time.monotonic()) % 50)
    ends = time.monotonic() + 6
    while machine.name not in holders(world).values() and time.monotonic() < ends:
        time.sleep(0.005)
    return machine.name in holders(world).values()


def test_one_is_cut_off_in_mid_write_and_one_dies_and_nothing_is_wrong(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    witness, began = judge.Witness(world), time.monotonic()
    with ExitStack() as stack:
        machines = {each.name: each for each in (Machine(stack, n, world) for n in range(1, COUNT + 1))}
        with Life(world, random.Random(7)) as life:
            until(world.knows_orders, "the first reading", 90)
            seen, connections = spread(world)
            assert seen == machines.keys()
            lost = cut_in_mid_write(world, machines, life)
            cut_at = time.monotonic()
            assert not lost.reaches(world.redis.port)
            dead = next(each for each in machines.values() if each is not lost)
            dead.die()
            until(lambda acts=life.acts: life.acts > acts + AFTER, "people go on", 60)  # type: ignore[misc]
        until(lambda: not judge.wrong(life), "every number is right", 150)
        alone = time.monotonic() - cut_at
        lost.join()
        until(lambda: works_again(world, lost), "the first works again", 120)
        until(lambda: not judge.wrong(life), "every number is right", 150)
        witness.keep()
        written = judge.written(world)
    assert life.fault is None
    assert witness.claims - written == Counter()
    with capsys.disabled():
        sys.stdout.write(f"\nevery number right {alone:.0f} s after the cut; ")
        sys.stdout.write(f"0 of {written.total()} writes wrong or claimed falsely; ")
        sys.stdout.write(
            f"{connections} connections of {COUNT} workers and beat; {time.monotonic() - began:.0f} s in all\n"
        )
