"""The body of an answer within its bounds, unpacked piece by piece: what unpacks to a thousand times its size, or
twice, is never held as a whole. Only gzip is asked for, once; some hosts send deflate all the same."""

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping

from connectors.http.broken import BodyError, NoAnswer
from connectors.http.headers import Clock

ACCEPTED = "gzip"
PIECE = 64 * 1024  # bytes, unpacked
BODY_LIMIT = 16 * 1024 * 1024  # bytes; a page of 250 rows is well under 1 MiB
WINDOWS: Mapping[str, int] = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # what zlib calls them


class Bounds:
    """How much an answer may bring, and until when: `seconds` from now on."""

    def __init__(self, size: int, seconds: float, clock: Clock = time.monotonic) -> None:
        self.size, self.seconds = size, seconds
        self._clock, self._until = clock, clock() + seconds

    def check(self, size: int) -> None:
        """Raises BodyError when so many bytes are too many, or when it is too late."""
        if size > self.size:
            raise BodyError(NoAnswer.OVERSIZED)
        if self._clock() > self._until:
            raise BodyError(NoAnswer.SLOW)


def unpacked(wire: Iterable[bytes], encoding: str, bounds: Bounds) -> Iterator[bytes]:
    """The body that arrives on the wire, in pieces. encoding: the header Content-Encoding. The bounds hold for what
    arrives and for what it unpacks to: an endless stream may unpack to nothing. Raises BodyError."""
    packing = [x.strip().lower() for x in encoding.split(",") if x.strip()]
    pieces = _checked(wire, bounds)
    if packing not in ([], ["identity"]):
        if len(packing) > 1 or packing[0] not in WINDOWS:
            raise BodyError(NoAnswer.UNPACKABLE)
        pieces = _checked(_decompressed(pieces, WINDOWS[packing[0]]), bounds)
    yield from pieces


def _checked(pieces: Iterable[bytes], bounds: Bounds) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        bounds.check(size)
        yield piece


def _decompressed(pieces: Iterable[bytes], window: int) -> Iterator[bytes]:
    unpacker, begun = zlib.decompressobj(wbits=window), False
    try:
        for piece in pieces:
            rest, begun = piece, True
            while rest:
                if unpacker.eof:  # files that were joined
                    unpacker = zlib.decompressobj(wbits=window)
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error as error:
        raise BodyError(NoAnswer.UNPACKABLE) from error
    if begun and not unpacker.eof:
        raise BodyError(NoAnswer.UNPACKABLE)  # cut off
