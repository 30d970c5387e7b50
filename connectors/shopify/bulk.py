"""Bulk operations: Shopify writes a whole query's result into a file of JSON lines, outside the budget.

Start, ask until it is done, fetch the file, read it line by line. "Not done yet" is a
RetryableStoreError, so the sender does the waiting. The file is put on disk first: then a broken
download is fetched again by the sender, and nothing is yielded from half a file.
https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import IO, Any

import httpx
from msgspec.json import Decoder

from connectors.address import is_loopback
from connectors.base import OperatorStoreError, RetryableStoreError, Sender
from connectors.foreign_json import decoded
from connectors.http import NO_ANSWER_ERRORS, Bounds, Clock, NoAnswer, Rule, body_of, error_for, error_from, opened
from connectors.shopify.client import ShopifyClient
from connectors.shopify.queries import BULK_RUN, BULK_STATE
from connectors.shopify.shapes import object_of, text_of, user_errors

IN_MEMORY = 1024 * 1024  # bytes of the file that stay off the disk
LONGEST_LINE = 1024 * 1024  # bytes; a line is one variant, some hundred bytes
LARGEST_FILE = 4 * 1024**3  # bytes; a million variants are some hundred MB
DEADLINE = 150.0  # seconds for the whole file: a single call may not outlast the lease of whoever makes it
FIRST_WAIT, LONGEST_WAIT = 0.1, 10.0  # seconds between questions: small shops are done in about one
LONGEST = 3600.0  # seconds for one operation; large shops take minutes

# A name, in no spelling an address: `127.1` and `0x7f.0.0.1` are this machine to a resolver, and no top-level
# domain begins with a digit.
NAME = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*")
ONLY_INSIDE = (".localhost", ".local", ".internal", ".home.arpa")
REMEDIES: Mapping[NoAnswer, Rule] = {
    NoAnswer.OVERSIZED: Rule("it is above {size} bytes; report this"),
    NoAnswer.SLOW: Rule("it took longer than {seconds:.0f} s; it will be tried again", again=True),
}

Row = Mapping[str, Any]
ANY: Decoder[Any] = Decoder()


class BulkRefusedError(Exception):
    """Shopify does not run this query in bulk, or gave up on it."""


class BulkBusyError(RetryableStoreError):
    """As many bulk operations as Shopify allows at once (5 per app and shop) are running."""


class Bulk:
    """Runs one bulk query at a time. `loopback`: the store is a sandbox on this machine."""

    def __init__(
        self, client: ShopifyClient, http: httpx.Client, *, send: Sender, what: str, loopback: bool,
        clock: Clock = time.monotonic,
    ) -> None:  # fmt: skip
        self._client, self._http, self._send, self._what, self._loopback = client, http, send, what, loopback
        self._clock = clock

    def rows(self, query: str, plain: Decoder[Any] = ANY) -> Iterator[Any]:
        """The nodes of the query's connection. Raises BulkRefused before the first of them, never later. plain: see
        `lines`."""
        try:
            operation = self._send(lambda: self._start(query))
        except BulkBusyError as error:
            raise BulkRefusedError(str(error)) from error
        poll = _Poll(self._client, operation, self._what, self._clock)
        done = self._send(poll)
        if not done.get("url"):
            return  # nothing matched
        url = allowed(done["url"], loopback=self._loopback, what=self._what)
        count = str(done.get("objectCount"))
        expected = int(count) if count.isascii() and count.isdecimal() else 0  # Shopify may not say
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            self._send(lambda: self._download(url, file, expected))
            yield from lines(file, plain, what=self._what)

    def _start(self, query: str) -> str:
        payload = object_of(self._client.execute(BULK_RUN, {"query": query}).get("bulkOperationRunQuery"))
        errors = [object_of(error) for error in user_errors(payload) or ()]
        if any(error.get("code") == "OPERATION_IN_PROGRESS" for error in errors):
            text = f"{self._what} runs as many bulk operations as it allows; it will be tried again."
            raise BulkBusyError(text, retry_after=LONGEST_WAIT, sent=False)
        operation = text_of(object_of(payload.get("bulkOperation")).get("id"))
        if errors or not operation:
            raise BulkRefusedError("; ".join(text_of(error.get("message")) for error in errors))
        return operation

    def _download(self, url: str, file: IO[bytes], expected: int) -> None:
        """Fetch the file from the beginning. It lives on another host, so no token goes along."""
        file.seek(0)
        file.truncate()
        bounds = Bounds(LARGEST_FILE, DEADLINE, self._clock)
        found, last = 0, b"\n"
        try:
            request = self._http.build_request("GET", url, headers={"Accept": "*/*"})
            with opened(self._http, request, DEADLINE) as response:
                if 400 <= response.status_code < 500:  # the address is signed and ages: that is no refusal of the key
                    text = (
                        f"{self._what} no longer offers its bulk file (HTTP {response.status_code}); it is run again."
                    )
                    raise RetryableStoreError(text)
                if response.status_code != 200:
                    raise error_for(response.status_code, response.headers, what=self._what, url=url)
                for piece in body_of(response, bounds):
                    found, last = found + piece.count(b"\n"), piece[-1:] or last
                    file.write(piece)
        except NO_ANSWER_ERRORS as error:
            what = f"{self._what} (bulk file)"
            raise error_from(error, bounds, what=what, url=url, remedies=REMEDIES) from None
        found += last != b"\n"  # a last line without its end
        if found < expected:
            text = f"{self._what} sent {found} of {expected} rows of a bulk file; it will be tried again."
            raise RetryableStoreError(text)
        file.seek(0)


class _Poll:
    """One question after the operation; the pause it asks for grows with each."""

    def __init__(self, client: ShopifyClient, operation: str, what: str, clock: Clock) -> None:
        self._client, self._operation, self._what, self._clock = client, operation, what, clock
        self._wait, self._until = FIRST_WAIT, clock() + LONGEST

    def __call__(self) -> Row:
        found = object_of(self._client.execute(BULK_STATE, {"id": self._operation}).get("bulkOperation"))
        status = text_of(found.get("status")) or "EXPIRED"
        if status == "COMPLETED":
            return found
        if status in ("CREATED", "RUNNING") and self._clock() < self._until:
            wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT)
            text = f"{self._what} is still preparing the bulk file; it will be asked again."
            fault = RetryableStoreError(text, retry_after=wait, sent=False)
            fault.at_work, fault.status = True, "200"
            raise fault
        code = text_of(found.get("errorCode")) or status
        if code == "ACCESS_DENIED":
            raise OperatorStoreError(f"{self._what} denies access in bulk; grant the app the scopes in the README.")
        raise BulkRefusedError(f"the bulk operation ended as {code}")


def allowed(url: str, *, loopback: bool, what: str) -> str:
    """The address of a bulk file, if it may be fetched: https, the usual port, a host with a public name. With a
    sandbox on this machine, loopback too. What such a name resolves to must still prove that it is called so:
    certificates are checked."""
    try:
        parts = httpx.URL(url)  # read by whoever connects: another reader may see another host in it
    except (httpx.InvalidURL, TypeError):
        parts = httpx.URL("")
    if loopback and is_loopback(parts.host):
        return url
    name = parts.host.rstrip(".")
    is_public = NAME.fullmatch(name) and not name.endswith(ONLY_INSIDE)
    if parts.scheme != "https" or parts.port is not None or not is_public:
        raise OperatorStoreError(
            f"{what} names a bulk file at {parts.scheme}://{parts.host}, not a public https host; report this."
        )
    return url


def lines(file: IO[bytes], plain: Decoder[Any] = ANY, *, what: str) -> Iterator[Any]:
    """The rows of a file of JSON lines, one at a time: as `plain` decodes them, or whatever else a line says."""
    while line := file.readline(LONGEST_LINE):
        try:
            row = plain.decode(line)
        except ValueError:
            if not line.strip():
                continue
            try:
                row = decoded(line)
            except ValueError:
                text = f"{what} sent a bulk file with a garbled line; it will be tried again."
                raise RetryableStoreError(text) from None
        yield row
