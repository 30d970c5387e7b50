"""Judges by the sandboxes' own books and by what people ordered; looks for secrets in everything that was written."""

import base64
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import redis as redis_package

from bridge.state.noted import notes_of
from connectors.testing.storefront import Row

from .world import COUNTED, SOLD, WAREHOUSE, Life, World

Claim = tuple[str, str, int]
"""Store, listing, number."""

CODED = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
DEFLATED = re.compile(rb":(e[A-Za-z0-9+/]{15,}={0,2})")
"""Of the history, and of what a run wrote over: zlib's first sign in base64 is always this one."""


def wrong(life: Life) -> list[str]:
    """Listings of both shops that show another number than what lies in the warehouse, less what is sold and not
    shipped in any shop."""
    shown = {store: _shown(front.rows()) for store, front in life.world.fronts.items()}
    held = {sku: sum(units.values()) for sku, units in life.world.sandboxes[WAREHOUSE].client.see("stock").items()}
    should = {sku: held.get(sku, 0) - life.sold.get(sku, 0) for sku in (*COUNTED, *SOLD)}
    found = {sku: [numbers[sku] for numbers in shown.values()] for sku in should}
    return [f"{sku}: {found[sku]}, should be {units}" for sku, units in should.items() if {*found[sku]} != {units}]


def _shown(rows: Iterable[Row]) -> dict[str, int]:
    """SKU → units that shoppers may buy."""
    return {row.sku: row.shows - row.sold for row in rows if row.shows is not None}


def written(world: World) -> Counter[Claim]:
    """Every number that the shops recorded as written by the bridge."""
    return Counter((store, *row) for store, front in world.fronts.items() for row in front.written())


def claimed(db: redis_package.Redis) -> Counter[Claim]:
    """Every number that the history calls applied."""
    entries: Any = db.xrange("stockbridge:history")
    told = [note.said for name, fields in entries for note in notes_of(name.decode(), _as_text(fields))]
    return Counter((said["store"], said["ref"], said["to"]) for said in told if said["what"] == "write")


def _as_text(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in fields.items()}


class Witness:
    """Looks at Redis while it can be looked at. claims: what any history called applied. leaks: secrets seen."""

    def __init__(self, world: World) -> None:
        self.world, self.claims, self.leaks = world, Counter[Claim](), set[str]()

    def look(self) -> None:
        self.leaks |= leaks_in_redis(self.world)

    def keep(self) -> None:
        """Ahead of a loss, and at the end."""
        self.claims += claimed(self.world.redis.client)


# -- secrets ---------------------------------------------------------------------------------------------


def forms(plain: Mapping[str, str]) -> dict[bytes, str]:
    """Every secret as it may be written: as it is, in an address, and as Basic credentials → its name."""
    found = {form: name for name, text in plain.items() for form in (text, quote(text, safe=""), quote_plus(text))}
    pairs = {f"{one}:{other}": "Basic" for one, other in pairwise(plain.values())}  # the keys of a store are neighbours
    texts = {text: name for name, text in plain.items()} | pairs
    coded = {base64.b64encode(text.encode()).decode(): name for text, name in texts.items()}
    return {form.encode(): name for form, name in (found | coded).items()}


def leaks(secrets: Mapping[str, str], where: str, text: bytes) -> set[str]:
    """Secrets in a text, or in what it holds in base64, as the bodies of Celery's messages are, or deflated, as the
    history is."""
    inner = b"\n".join([*map(_decoded, CODED.findall(text)), *map(_inflated, DEFLATED.findall(text))])
    return {f"{name} in {where}" for form, name in forms(secrets).items() if form in text or form in inner}


def _decoded(run: bytes) -> bytes:
    return base64.b64decode(run[: len(run) // 4 * 4])


def _inflated(run: bytes) -> bytes:
    try:
        return zlib.decompress(base64.b64decode(run))
    except (ValueError, zlib.error):
        return b""  # it only looked like it


def leaks_in_redis(world: World) -> set[str]:
    db = world.redis.client
    return {leak for key in db.scan_iter(count=1000) for leak in leaks(world.secrets, str(key), key + _value(db, key))}


def _value(db: redis_package.Redis, key: bytes) -> bytes:
    """All that stands under a key, of whatever type."""
    read: dict[Any, Callable[[bytes], Any]] = {
        b"string": db.get, b"hash": db.hgetall, b"stream": db.xrange, b"set": db.smembers,
        b"list": lambda name: db.lrange(name, 0, -1), b"zset": lambda name: db.zrange(name, 0, -1),
    }  # fmt: skip
    kind = db.type(key)
    return b"\n".join(_flat(read[kind](key))) if kind != b"none" else b""


def _flat(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        yield from _flat(list(value.items()))
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _flat(each)


def leaks_in_files(world: World) -> set[str]:
    """Logs, and everything that any Redis was ever told: each wrote it to its file."""
    files = [path for path in world.folder.rglob("*") if path.is_file() and path.name != "redis.conf"]
    assert any(b'"level": "error"' in path.read_bytes() for path in files)  # the trouble itself was logged
    return {leak for path in files for leak in leaks(world.secrets, path.name, path.read_bytes())}


def logs(folder: Path) -> str:
    """For a person who wants to know why."""
    return "\n".join(f"== {path.name}\n{path.read_text('utf-8', 'replace')[-4000:]}" for path in folder.glob("*.log"))
