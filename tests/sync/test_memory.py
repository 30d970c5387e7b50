"""What one SKU costs in Redis."""

from typing import Any

from tests.harness.installation import Installation

MOST = 620
COUNT = 2_000


def test_a_sku_with_one_store_costs_little_memory(harness: Installation, redis: Any) -> None:
    for n in range(COUNT):
        harness.add(f"SKU-{n:06}-BLK", 10)
    harness.cycle()
    harness.later(minutes=2)
    harness.cycle()
    sizes = {name.decode(): redis.memory_usage(name, samples=0) for name in redis.keys("*")}
    assert sum(sizes.values()) / COUNT <= MOST, {name: size / COUNT for name, size in sizes.items()}
