"""Entries of the history: what one change noted, or what a packing put together, as one text.

The text is JSON of [SKU, note] or [SKU, note, milliseconds since 1970], oldest first. Where that is shorter it is MARK
and the base64 of it deflated; up to layout 3 of the state its base85, which takes longer than all the rest. Without an
instant of its own a note was made when its entry was. Up to layout 2 each note was an entry with the fields `sku` and
`note`."""

import zlib
from base64 import b64decode, b64encode, b85decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bridge.state import pack

FIELD = "notes"
FULL = 500
"""Notes that a packed entry holds: what is read of one SKU unpacks all that stand beside it."""

FAST = 1

MARK = ":"
"""Begins no base85."""


class Note(NamedTuple):
    """at: milliseconds since 1970."""

    sku: str
    said: dict[str, Any]
    at: int


def packed(notes: Sequence[Sequence[object]], level: int = FAST) -> str:
    plain = pack.dumps(notes)
    small = MARK + b64encode(zlib.compress(plain.encode(), level)).decode()
    return small if len(small) < len(plain) else plain


def unpacked(text: str) -> Any:
    """What `packed` was given."""
    return pack.loads(_plain(text))


def _plain(text: str) -> str:
    if text[:1] == "[":
        return text
    return zlib.decompress(b64decode(text[1:]) if text[:1] == MARK else b85decode(text)).decode()


def notes_of(entry: str, fields: Mapping[str, str]) -> Iterator[Note]:
    """What an entry holds, oldest first."""
    made = int(entry.partition("-")[0])
    if FIELD not in fields:
        yield Note(fields["sku"], pack.loads(fields["note"]), made)
        return
    for sku, said, *at in unpacked(fields[FIELD]):
        yield Note(sku, said, at[0] if at else made)


def notes_on(sku: str, entry: str, fields: Mapping[str, str]) -> Iterator[Note]:
    """The same of one SKU. What does not name it is not read: that is most of what stands there."""
    if FIELD in fields:
        plain = _plain(fields[FIELD])
        if f"[{pack.dumps(sku)}," not in plain:
            return
        fields = {FIELD: plain}
    yield from (note for note in notes_of(entry, fields) if note.sku == sku)
