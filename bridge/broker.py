"""How messages are kept in Redis while they are worked on: kombu's way, but for what a bad moment of Redis, or the
clock of one machine, would do to it."""

from time import time
from typing import Any

from kombu.transport import virtual
from kombu.transport.redis import Channel, QoS, Transport
from kombu.utils.json import dumps

from bridge.errors import StateError
from bridge.state.clock import SharedClock
from bridge.state.connect import QUEUE_REFUSALS

_unkept: list[tuple[Any, str, str]] = []
"""Messages, exchanges and routing keys of what this process took from a queue and could not keep: Redis may let one be
taken while it is out of memory, and refuse to store it again."""


class Unacked(QoS):
    """Messages that were taken and are not acknowledged. When one was taken is told by Redis' clock: by its own, a
    machine that is ahead would hand out what others still work on. What could not be kept goes back to its queue with
    the next connection; else its work would only be sent again when its mark runs out, two minutes later."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)  # type: ignore[no-untyped-call]
        self._owed = set[str]()
        with self.channel.conn_or_acquire() as client:  # not the channel's own, on which it waits for messages
            self._now = SharedClock(client)
            while _unkept:
                self.channel._do_restore_message(*_unkept[-1], client, leftmost=True)
                _unkept.pop()

    def append(self, message: Any, delivery_tag: str) -> None:
        """Keep a message until it is acknowledged."""
        where = message.delivery_info
        kept = (message._raw, where["exchange"], where["routing_key"])
        try:
            with self.pipe_or_acquire() as pipe:
                pipe.zadd(self.unacked_index_key, {delivery_tag: self._now().timestamp()})
                pipe.hset(self.unacked_key, delivery_tag, dumps(kept))
                pipe.execute()
        except Exception:
            _unkept.append(kept)
            raise
        virtual.QoS.append(self, message, delivery_tag)

    @property
    def visibility_timeout(self) -> float:
        """Seconds, to be taken off this machine's clock (see `QoS.restore_visible`)."""
        return float(self.channel.visibility_timeout) + time() - self._now().timestamp()

    def ack(self, delivery_tag: str) -> None:
        """The work is done, which makes room for the next message also while Redis refuses to forget this one; that is
        owed, and done with one of the next. Raises what Redis refuses."""
        virtual.QoS.ack(self, delivery_tag)
        self._owed.add(delivery_tag)
        for tag in tuple(self._owed):
            self._remove_from_indices(tag).execute()  # type: ignore[no-untyped-call]
            self._owed.discard(tag)


def install() -> None:
    """For all connections of this process. What Redis refuses for a while (busy, read-only, out of memory, a full disk)
    ends a worker no more than a lost connection does: it connects anew until that is over."""
    Transport.connection_errors = (*Transport.connection_errors, *QUEUE_REFUSALS, StateError)  # the clock's
    Channel.QoS = Unacked
