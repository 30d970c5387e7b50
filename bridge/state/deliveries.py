"""What webhooks delivered: that a store is to be read, and a bounded log for people. No number of theirs is kept.

A hint raises the number `hint` of the store's record. A session notes which one stood when it began; what comes
meanwhile is greater, and so stands for the next one (see `HintsRead`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import redis
from msgspec import Struct

from bridge.core.hints import ASKS, VERDICTS, Verdict
from bridge.state import keys, pack
from bridge.state.scripts import run

KEPT = 300
"""Deliveries that stand in the log of one store."""

REMEMBERED = timedelta(hours=5)
"""So long an id of a delivery is known: platforms repeat one for four hours."""

MOST_IDS = 5_000
MOST_TOPICS = 40
LONGEST = 200
"""Characters of a topic, an id or what a delivery is about: whoever sends them has no say in how much is kept."""

SELDOM = timedelta(hours=1)
"""What is of no use is logged where none of its topic came for so long: some of it, as a ping, is signed by nobody, and
must not push out the rest."""

TAKE = """
local info, log, ids, topics, counters = unpack(KEYS)
local c = cjson.decode(ARGV[1])
local asks, listings, counts = c.asks, c.listings, {}
redis.call('ZREMRANGEBYSCORE', ids, '-inf', '(' .. (c.now - c.remembered))
for verdict, n in pairs(c.counts) do counts[verdict] = n end
for _, row in ipairs(c.rows) do
  local verdict = row.verdict
  if row.id ~= '' and redis.call('ZADD', ids, 'NX', row.at, row.id) == 0 then verdict = 'double' end
  counts[verdict] = (counts[verdict] or 0) + 1
  if c.asking[verdict] then
    asks = true
    listings = listings or row.listings
  end
  local last = redis.call('HGET', topics, row.topic)
  if last or redis.call('HLEN', topics) < c.most_topics then redis.call('HSET', topics, row.topic, row.at) end
  if verdict ~= 'of no use' or not last or row.at - last > c.seldom then
    redis.call('XADD', log, 'MAXLEN', c.kept, '*', 'verdict', verdict, 'said', row.said)
  end
end
if asks then
  local hint = redis.call('HINCRBY', info, 'hint', 1)
  if listings then redis.call('HSET', info, 'hint_of_listings', hint) end
end
for verdict, n in pairs(counts) do redis.call('HINCRBY', counters, c.counter .. verdict, n) end
redis.call('ZREMRANGEBYRANK', ids, 0, -1 - c.most_ids)
"""


class Delivered(Struct, frozen=True):
    """One delivery as it is remembered. at: when it came; late: seconds since what it tells happened, as far as it
    says. about: the order, product or SKU."""

    at: int
    topic: str
    id: str
    about: str
    late: float | None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One delivery to be taken in. of_listings: the list of listings is to be asked for as well."""

    delivered: Delivered
    verdict: Verdict
    of_listings: bool = False


@dataclass
class Rest:
    """Of deliveries that are not remembered one by one: how many had which verdict, and what they ask for."""

    counts: dict[Verdict, int] = field(default_factory=dict)
    asks: bool = False
    of_listings: bool = False


class Deliveries:
    """A part of `State`."""

    db: redis.Redis
    _all: Callable[[str], Iterator[tuple[str, str]]]

    def take_deliveries(self, store: str, judged: Sequence[Judged], rest: Rest, now: datetime) -> None:
        """Enter deliveries of one store, however many, as one change: whether it is to be read, which of them came
        before, and what people see of them. Raises StateError."""
        rows = []
        for x in judged:
            said = x.delivered
            named = {name: str(getattr(said, name))[:LONGEST] for name in ("topic", "id", "about")}
            shown = {"at": said.at, **named, "late": said.late}
            rows.append({"verdict": x.verdict, "listings": x.of_listings, "said": pack.dumps(shown), **shown})
        told = {
            "rows": rows, "asks": rest.asks, "listings": rest.of_listings, "counts": rest.counts,
            "asking": dict.fromkeys(ASKS, True), "kept": KEPT, "most_ids": MOST_IDS, "most_topics": MOST_TOPICS,
            "now": pack.ms(now), "remembered": REMEMBERED // timedelta(milliseconds=1),
            "seldom": SELDOM // timedelta(milliseconds=1), "counter": counter(store, ""),
        }  # fmt: skip
        own = [keys.of_store(store, what) for what in ("info", "deliveries", "delivered", "topics")]
        run(self.db, TAKE, [*own, keys.COUNTERS], pack.dumps(told))

    def deliveries(self, store: str) -> list[Delivered]:
        """The last deliveries of a store's webhooks, newest first."""
        rows = cast("list[tuple[str, dict[str, str]]]", self.db.xrevrange(keys.of_store(store, "deliveries")))
        return [Delivered(**pack.loads(told["said"]), verdict=told["verdict"]) for _, told in rows]

    def topics(self, store: str) -> dict[str, datetime]:
        """Topic → when it was last delivered by a store."""
        return {topic: pack.at(int(at)) for topic, at in self._all(keys.of_store(store, "topics"))}


def counter(store: str, verdict: str) -> str:
    """The counter of a store's deliveries of one verdict."""
    return f"webhooks|{store}|{verdict}"


def of_counters(counters: Mapping[str, Any], store: str) -> dict[str, int]:
    """Verdict → how many deliveries of a store had it since the state began."""
    return {verdict: int(counters.get(counter(store, verdict), 0)) for verdict in VERDICTS}
