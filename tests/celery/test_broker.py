"""Messages on their way between Redis and a worker, when Redis refuses in the middle."""

import pytest
import redis as redis_package
from kombu.connection import Connection

import bridge.broker
from bridge.config import broker_url
from bridge.state.connect import QUEUE_REFUSALS

OPTIONS = {"visibility_timeout": 660}


def test_a_message_that_redis_lets_be_taken_and_not_be_kept_is_back_when_it_is_over(
    redis_url: str, redis: redis_package.Redis
) -> None:
    """BRPOP needs no memory, and what notes that a message was taken does."""
    bridge.broker.install()
    with Connection(broker_url(redis_url), transport_options=OPTIONS) as sends:
        sends.SimpleQueue("celery").put("to be done")
    with Connection(broker_url(redis_url), transport_options=OPTIONS) as takes, takes.SimpleQueue("celery") as queue:
        queue.consumer.qos(prefetch_count=1)
        before = str(redis.config_get("maxmemory")["maxmemory"])
        redis.config_set("maxmemory", "1")
        try:
            with pytest.raises(QUEUE_REFUSALS):
                queue.get(timeout=5)
        finally:
            redis.config_set("maxmemory", before)
        assert (redis.llen("celery"), redis.hlen("unacked")) == (0, 0)
    with Connection(broker_url(redis_url), transport_options=OPTIONS) as again, again.SimpleQueue("celery") as queue:
        message = queue.get(timeout=5)
        assert message.payload == "to be done"
        message.ack()
    assert (redis.llen("celery"), redis.hlen("unacked")) == (0, 0)
