"""What makes a run repeatable: one process at a time, effects that are counted, and keys that expire by its clock."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis as redis_package
from msgspec import msgpack

from bridge.state import keys, noted
from bridge.state.connect import StateClient, translated
from bridge.state.lease import TERM
from bridge.state.record_codec import decode
from bridge.state.records import SourceRecord
from bridge.state.store import State
from bridge.state.work_queue import QUEUED
from bridge.sync.context import SyncContext
from bridge.threeplguys.granted import GrantedTokens
from connectors.values import replace
from tests.declared import only_declared

from .memory import Memory
from .passing import Passing

LEASES, QUEUE = keys.lease(""), keys.queued("")
MARK = b'"sent":[['
MOMENT = 0.002  # seconds: instants are stored in whole milliseconds
WRITES = frozenset({"EVAL", "HSET", "SET", "DEL", "SADD", "GETDEL", "HDEL"})


class KilledError(BaseException):
    """The process is gone, in the middle of whatever it did."""


class ViolationError(BaseException):
    """The product broke a promise. Nothing on the way may take it for trouble of a store."""


@dataclass(frozen=True)
class Lines:
    """To one Redis: connections that decode, one of them for every process, and a client that does not."""

    pool: redis_package.ConnectionPool
    line: Any
    raw: redis_package.Redis


@dataclass(frozen=True)
class Knowledge:
    """When the newest pull that was finished began, and the newest reading of each store. unreadable: stores of which
    the last attempt failed."""

    pulled: float = float("-inf")
    read: Mapping[str, float] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()


@dataclass(eq=False)
class Process:
    """One worker process on a machine of its own.

    cycle: when the whole cycle began that it plays inline. effects: writes to the state and requests so far, each
    counted before and after. strike: what happens, once, at the effect number `at`, or at the first of the name
    `strike_at`. turn: lease → the turn in which it was won. under_way: the effect that it was stopped at, and
    `stopped` its number. knew: what was known when it decided what it writes now. watch: its machine's clock. memory:
    of its modules."""

    number: int
    watch: Any
    memory: Memory = field(default_factory=Memory)
    cycle: float | None = None
    effects: int = 0
    at: int = -1
    strike_at: str | None = None
    strike: Callable[[str], None] | None = None
    dead: bool = False
    turn: dict[str, int] = field(default_factory=dict)
    under_way: str = ""
    stopped: int = 0
    knew: Knowledge = field(default_factory=Knowledge)
    tokens: GrantedTokens | None = None
    context: SyncContext = field(init=False)

    def effect(self, what: str) -> None:
        """Told before and after each effect. Raises KilledError when the process does not get further than this."""
        if self.dead:
            raise KilledError
        self.effects += 1
        meant = self.effects == self.at if self.strike_at is None else what == self.strike_at
        if meant and self.strike:
            strike, self.strike = self.strike, None
            strike(what)

    def die(self, what: str) -> None:
        del what
        self.dead = True
        raise KilledError


def owner_of(process: Process) -> str:
    """A process on a machine of its own, of which nobody else can see whether it is gone."""
    return f"machine-{process.number}/1"


@dataclass
class Board:
    """What is known of all processes, from outside.

    expires: key → when it goes, by the hand-moved clock. turns: lease → how often it was won. since: when it was won
    last. pulled, read, listed: when the newest pull, and the newest reading of each store and of its list, began: by
    the lease it was made under; looked: a reading, by the clock of who made it. lists: how often each store told its
    whole list. begins: told the name of each lease
    that is won. claims: told each write of the history. commits: told what each change puts, (key, field, value), and
    notes. passing: what Redis answers for a while. time: by its clock.
    """

    now: Callable[[], float]
    time: Callable[[], float]
    begins: Callable[[str], None]
    claims: Callable[[dict[str, Any]], None]
    commits: Callable[[Sequence[tuple[str, str, str]], Sequence[Mapping[str, Any]]], None] = lambda puts, notes: None
    running: Process = field(init=False)
    passing: Passing = field(default_factory=Passing)
    expires: dict[str, float] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    pulled: float = float("-inf")
    read: dict[str, float] = field(default_factory=dict)
    looked: dict[str, float] = field(default_factory=dict)
    listed: dict[str, float] = field(default_factory=dict)
    lists: Counter[str] = field(default_factory=Counter)

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.pulled, dict(self.looked))

    def won(self, name: str) -> None:
        self.turns[name] = self.running.turn[name] = self.turns.get(name, 0) + 1
        self.since[name] = self.now()
        self.begins(name)

    def is_newest(self, name: str) -> bool:
        return self.running.turn.get(name, 0) == self.turns.get(name, 0)

    def committed(self, touched: Sequence[str], payload: bytes) -> None:
        """A change of the state was made."""
        change = msgpack.decode(payload)
        puts = [
            (touched[place - 1], field, raw)
            for place, told in change["puts"]
            for field, raw in zip(told[::2], told[1::2], strict=True)
        ]
        written = {field for _, field, _ in puts}
        for place, _ in change["leases"]:
            name = touched[place - 1].removeprefix(LEASES)
            if not self.is_newest(name):
                raise ViolationError(f"a process that lost the lease {name} changed the state")
            if name == "source":
                self._was_pulled(puts)
            elif "read_at" in written:
                self._was_read(name.removeprefix("store:"), puts)
            self.listed |= {name.removeprefix("store:"): self.since[name]} if "listed_to" in written else {}
            self.lists[name.removeprefix("store:")] += "mapped_at" in written
        notes = [note for _, note in noted.unpacked(change["notes"])] if change["notes"] else []
        self.commits(puts, notes)
        for note in notes:
            if note["what"] == "write":
                self.claims(note)

    def _was_pulled(self, puts: list[tuple[str, str, str]]) -> None:
        """A pull that took several goes proves what its last poll for changes, or its beginning, knew."""
        raws = {field: raw for key, field, raw in puts if key == keys.SOURCE and field == "pull"}
        if proof := decode(SourceRecord, raws).pull:
            began, won = proof.began.timestamp() - (self.time() - self.now()), self.since["source"]
            self.pulled = won if won - began < MOMENT else began

    def _was_read(self, store: str, puts: list[tuple[str, str, str]]) -> None:
        self.read[store] = self.since[f"store:{store}"]
        self.looked[store] = next(int(value) for _, name, value in puts if name == "read_at") / 1000

    def expire(self, db: redis_package.Redis) -> None:
        gone = [key for key, when in self.expires.items() if when <= self.now()]
        for key in gone:
            del self.expires[key]
        if gone:
            db.delete(*gone)

    def forget(self, db: redis_package.Redis, owner: str) -> None:
        """Whatever a process holds is free."""
        held = [key for key in self.expires if str(db.get(key)).endswith(f"@{owner}'")]
        if held:
            db.delete(*held)


class Wire(StateClient):
    """One process's connection: each write is an effect. Only one process runs at a time, so all of them speak over
    the same line, and none of the care for many is needed."""

    def __init__(self, board: Board, process: Process, pool: redis_package.ConnectionPool, line: Any) -> None:
        super().__init__(connection_pool=pool)
        self._board, self._process, self._line, self.clock = board, process, line, process.watch

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with translated():
            return self._done(*self._in_full(args), **options)

    def _in_full(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """A script goes as its text, whatever an earlier seed left in the cache of Redis: it is always one effect. That
        it touches no key but those that it declares is seen to with each."""
        if args[0] != "EVALSHA":
            return args
        text = next(text for text, script in self._scripts.items() if script.sha == args[1])
        return ("EVAL", only_declared(text), *args[2:])

    def _done(self, *args: Any, **options: Any) -> Any:
        if args[0] == "TIME":
            self._board.passing.ahead_of("TIME")
            return divmod(round(self._board.time() * 1_000_000), 1_000_000)
        if args[0] not in WRITES:
            return self._asked(args, options)
        name = args[0]
        if isinstance(args[-1], bytes) and MARK in args[-1]:
            name, self._process.knew = "FLIGHT", replace(self._board.knowledge, unreadable=self._unreadable())
        self._process.effect(f"before {name}")
        answer = self._asked(args, options)
        self._learn(args, answer)
        self._board.passing.behind(args[0])
        self._process.effect(f"after {name}")
        return answer

    def _unreadable(self) -> frozenset[str]:
        state = State(redis_package.Redis(connection_pool=self.connection_pool), self._process.context.stores)
        return frozenset(store for store in state.stores if state.store_record(store).breaker)

    def _asked(self, args: Any, options: Any) -> Any:
        self._board.passing.ahead_of(args[0])
        self._line.send_command(*args)
        return self.parse_response(self._line, args[0], **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Any:
        if transaction:
            self._process.effect("before MULTI")
        with translated():
            self._board.passing.ahead_of("EXEC" if transaction else "GET")
        return super().pipeline(transaction, shard_hint)

    def _learn(self, args: Any, answer: Any) -> None:
        if isinstance(args[-1], bytes):  # a change
            if isinstance(answer, list):  # that was made
                self._board.committed(args[3:-1], args[-1])
        elif args[0] == "EVAL":
            self._expires(args[3], answer, taken=args[2] == 2)
        elif args[0] == "SET":
            self._board.expires[args[1]] = self._board.now() + QUEUED / 1000

    def _expires(self, key: str, answer: Any, *, taken: bool) -> None:
        """Leases last from each renewal, the mark of a message from its sending."""
        if key.startswith(QUEUE):
            if answer is None:
                self._board.expires[key] = self._board.now() + QUEUED / 1000
        elif key.startswith(LEASES) and (answer[0] if isinstance(answer, list) else answer):
            self._board.expires[key] = self._board.now() + TERM / 1000
            if taken:
                self._board.won(key.removeprefix(LEASES))


@contextmanager
def alone(board: Board, process: Process) -> Iterator[None]:
    """This process runs, and then the one before again."""
    before, board.running = getattr(board, "running", process), process
    try:
        yield
    finally:
        board.running = before
