"""The body of an answer, unpacked piece by piece: what unpacks to a thousand times its size, or twice, is never held
as a whole. Only gzip is asked for, once; anything else is an answer that was not asked for."""

import zlib
from collections.abc import Callable, Iterable, Iterator

import httpx

ACCEPTED = "gzip"
PIECE = 64 * 1024  # bytes, unpacked


def pieces(response: httpx.Response, check: Callable[[int], None]) -> Iterator[bytes]:
    """The body of a streamed response. check: told how many bytes have arrived, with every piece; it may raise, also
    where an endless stream unpacks to nothing. Raises httpx.DecodingError where the body cannot be unpacked."""
    packing = [x.strip().lower() for x in response.headers.get("content-encoding", "").split(",") if x.strip()]
    if response.is_stream_consumed:  # a test's answer, which was on no wire
        packing, wire = [], iter([response.content])
    else:
        wire = response.iter_raw()
    arrived = _told(wire, check)
    if packing in ([], ["identity"]):
        yield from arrived
    elif packing in (["gzip"], ["x-gzip"]):
        yield from _unpacked(arrived)
    else:
        raise httpx.DecodingError(f"packed as {', '.join(packing)[:50]}, which was not asked for")


def _told(wire: Iterable[bytes], check: Callable[[int], None]) -> Iterator[bytes]:
    size = 0
    for part in wire:
        size += len(part)
        check(size)
        yield part


def _unpacked(arrived: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, begun = zlib.decompressobj(wbits=31), False
    try:
        for part in arrived:
            rest, begun = part, True
            while rest:
                if unpacker.eof:  # files that were joined
                    unpacker = zlib.decompressobj(wbits=31)
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error as error:
        raise httpx.DecodingError("garbled") from error
    if begun and not unpacker.eof:
        raise httpx.DecodingError("cut off")
