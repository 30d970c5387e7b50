"""What Redis refuses for a while ends nobody; and nothing piles up while nobody works."""

import time
from typing import Any

import pytest
import redis

from bridge.beat import ENOUGH
from bridge.state.connect import sentence_of

SENTENCES = {
    "LOADING Redis is loading the dataset in memory": "is loading its data",
    "BUSY Redis is busy running a script.": "is busy with a script",
    "READONLY You can't write against a read only replica.": "a replica that takes no writes",
    "MASTERDOWN Link with MASTER is down": "has lost its primary",
    "CLUSTERDOWN The cluster is down": "a cluster that is down",
    "TRYAGAIN Multiple keys request during rehashing of slot": "is moving keys",
    "OOM command not allowed when used memory > 'maxmemory'.": "is out of memory",
    "MISCONF Errors writing to the AOF file: No space left on device": "cannot write to its disk",
}


@pytest.mark.parametrize("answer", SENTENCES)
def test_what_passes_is_said_to_pass(answer: str) -> None:
    assert SENTENCES[answer] in sentence_of(redis.ResponseError(answer))
    assert "goes on by itself" in sentence_of(redis.ResponseError(answer))


def test_three_reasons_why_redis_is_not_reached_are_three_sentences() -> None:
    said = {
        sentence_of(redis.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed")),
        sentence_of(redis.ConnectionError("ERR max number of clients reached")),
        sentence_of(redis.ConnectionError("Error 111 connecting to 127.0.0.1:1. Connection refused.")),
    }
    assert len(said) == 3
    assert [sum(word in text for text in said) for word in ("certificate", "connections", "REDIS_URL")] == [1, 1, 1]


def test_ticks_do_not_pile_up_without_a_worker(works: Any) -> None:
    works.beat()
    works.until(lambda: works.db.llen("celery") >= ENOUGH)
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        assert works.db.llen("celery") <= ENOUGH
        time.sleep(0.2)
    works.fill(3)
    works.worker()
    works.until(works.settled)


@pytest.mark.parametrize(("setting", "value"), [("maxmemory", "1")])
def test_a_redis_that_takes_no_writes_for_a_while_ends_neither_worker_nor_beat(
    works: Any, setting: str, value: str
) -> None:
    works.fill(3)
    worker, beat = works.worker(), works.beat()
    works.until(works.settled)
    before = works.db.config_get(setting)[setting]
    works.db.config_set(setting, value)
    try:
        ends, lines = time.monotonic() + 6, len(works.log().splitlines())
        while time.monotonic() < ends:
            assert (worker.poll(), beat.poll()) == (None, None), works.log()
            time.sleep(0.2)
    finally:
        works.db.config_set(setting, before)
    works.warehouse.set_stock("SKU-0", 2)
    works.until(works.settled)
    assert (worker.poll(), beat.poll()) == (None, None), works.log()
    assert len(works.log().splitlines()) - lines < 400
