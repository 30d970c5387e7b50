"""What Redis answers for a while, in the words of redis-py: each passes by itself, and nothing rests on it."""

from collections.abc import Mapping
from dataclasses import dataclass

import redis
from redis.exceptions import ClusterDownError, MasterDownError, MaxConnectionsError

WRITES = frozenset({"EVAL", "EXEC", "SET", "DEL", "SADD", "GETDEL", "HDEL", "HSET", "LPUSH"})
Answer = tuple[type[redis.RedisError], str]
ALWAYS: Mapping[str, Answer] = {
    "LOADING": (redis.BusyLoadingError, "Redis is loading the dataset in memory"),
    "CLUSTERDOWN": (ClusterDownError, "The cluster is down"),
    "MASTERDOWN": (MasterDownError, "Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
    "BUSY": (redis.ResponseError, "BUSY Redis is busy running a script."),
    "full": (MaxConnectionsError, "max number of clients reached"),
    "away": (redis.ConnectionError, "Error 111 connecting to the server. Connection refused."),
}
WRITING: Mapping[str, Answer] = {
    "READONLY": (redis.ReadOnlyError, "You can't write against a read only replica."),
    "OOM": (redis.OutOfMemoryError, "command not allowed when used memory > 'maxmemory'."),
    "NOREPLICAS": (redis.ResponseError, "NOREPLICAS Not enough good replicas to write."),
    "MISCONF": (redis.ResponseError, "MISCONF Errors writing to the AOF file: No space left on device"),
}
LOST = "lost"
"""It does what it is told, and the connection breaks ahead of the answer."""

WORDS = (*ALWAYS, *WRITING, LOST)


@dataclass
class Passing:
    """word: one of WORDS. after: commands that still go well. left: those that do not, then."""

    word: str = ""
    after: int = 0
    left: int = 0

    def ahead_of(self, command: str) -> None:
        """Raises redis.RedisError where this command is refused."""
        fault = ALWAYS.get(self.word) or (WRITING.get(self.word) if command in WRITES else None)
        if fault is not None and self._is_hit():
            kind, text = fault
            raise kind(text)

    def behind(self, command: str) -> None:
        """Raises redis.RedisError where the answer to this command, which was carried out, is lost."""
        if self.word == LOST and command in WRITES and self._is_hit():
            raise redis.ConnectionError("Connection closed by server.")

    def _is_hit(self) -> bool:
        if self.after > 0:
            self.after -= 1
            return False
        self.left -= 1
        return self.left >= 0
