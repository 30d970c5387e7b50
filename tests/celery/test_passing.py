"""What Redis refuses for a while ends nobody; and nothing piles up while nobody works."""

import logging
import time

import pytest
import redis
from billiard.exceptions import RestartFreqExceeded
from kombu.connection import Connection

from bridge.beat import ENOUGH
from bridge.celery import LAMENTING, Brief
from bridge.state.connect import sentence_of

from .conftest import Works

SENTENCES = {
    "LOADING Redis is loading the dataset in memory": "is loading its data",
    "BUSY Redis is busy running a script.": "is busy with a script",
    "UNBLOCKED force unblock from blocking operation, instance state changed": "has just become a replica",
    "READONLY You can't write against a read only replica.": "a replica that takes no writes",
    "MASTERDOWN Link with MASTER is down": "has lost its primary",
    "CLUSTERDOWN The cluster is down": "a cluster that is down",
    "TRYAGAIN Multiple keys request during rehashing of slot": "is moving keys",
    "OOM command not allowed when used memory > 'maxmemory'.": "is out of memory",
    "NOREPLICAS Not enough good replicas to write.": "waits for its replicas",
    "MISCONF Errors writing to the AOF file: No space left on device": "cannot write to its disk",
}


KINDS = [redis.ReadOnlyError, redis.OutOfMemoryError, redis.BusyLoadingError, redis.exceptions.MasterDownError]


@pytest.mark.parametrize("kind", KINDS)
def test_what_redis_py_names_itself_is_said_to_pass(kind: type[Exception]) -> None:
    assert "goes on by itself" in sentence_of(kind("and the first word is gone"))


def test_a_channel_of_the_queue_that_broke_is_made_anew() -> None:
    """Whoever of kombu asks for the client of a channel that a refusal has just closed is told this."""
    channel = Connection("memory://").channel()
    channel.close()
    channel.connection = None
    with pytest.raises(AttributeError) as caught:
        _ = channel.connection.client
    assert "is made anew; it goes on by itself" in sentence_of(caught.value)


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


def test_ticks_do_not_pile_up_without_a_worker(works: Works) -> None:
    works.beat()
    works.until(lambda: works.db.llen("celery") >= ENOUGH)
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        assert works.db.llen("celery") <= ENOUGH
        time.sleep(0.2)
    works.fill(3)
    works.worker()
    works.until(works.has_ended)


def test_a_worker_never_gives_up_on_redis(works: Works) -> None:
    show = "from bridge.celery import app; assert app.conf.broker_connection_max_retries is None"
    works.python(show)


def logged(name: str, fault: BaseException) -> list[logging.LogRecord]:
    """What two complaints of one logger leave to be read."""
    brief = Brief(LAMENTING[name])
    records = [
        logging.LogRecord(name, logging.ERROR, "", 1, "n. %d: %s", (n, fault), (type(fault), fault, None))
        for n in range(2)
    ]
    return [record for record in records if brief.filter(record)]


@pytest.mark.parametrize("name", LAMENTING)
def test_trouble_with_redis_is_one_line_without_a_traceback(name: str) -> None:
    (record,) = logged(name, redis.ReadOnlyError("You can't write against a read only replica."))
    assert (record.getMessage().startswith("Redis is a replica"), record.exc_info) == (True, None)


def test_that_it_is_tried_once_a_second_is_not_told_beside_the_reason() -> None:
    assert logged("celery.worker.consumer.consumer", RestartFreqExceeded("5 in 1s")) == []


def test_any_other_failure_of_a_task_is_told_each_time_with_its_traceback() -> None:
    for fault in (KeyError("sku"), FileNotFoundError("map.csv")):
        assert [record.exc_info is not None for record in logged("celery.app.trace", fault)] == [True, True]
