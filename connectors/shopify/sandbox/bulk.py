"""Bulk operations: a query that runs beside the requests and leaves a JSONL file.

https://shopify.dev/docs/api/usage/bulk-operations/queries
The state moves on when it is asked for: CREATED, RUNNING, then COMPLETED or FAILED. What a file has
beyond `AT_ONCE` lines is written by a thread, for as long as it takes. Rows of nested
connections carry `__parentId` and, unless groupObjects is true, do not follow their parents.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from graphql import GraphQLError

from connectors.shopify.sandbox.bulk_file import BulkFile
from connectors.shopify.sandbox.bulk_query import RefusedError, export, read_query
from connectors.shopify.sandbox.context import App, Context
from connectors.shopify.sandbox.goods import tail
from connectors.testing.http import Body

MAX_RUNNING = 5
LIFE = timedelta(days=7)
ENDS_BY_ITSELF = timedelta(minutes=10)
UNDER_WAY = ("CREATED", "RUNNING")
AT_ONCE = 25_000
"""Lines that are written while the state is asked for: a file of no more is done at a moment that tests can know."""

SLICE, BREATH = 500, 0.001
"""Lines that the thread writes while requests wait, and seconds in which they have their turn."""


@dataclass(slots=True)
class BulkOperation:
    TYPE: ClassVar[str] = "BulkOperation"
    id: str
    app: App
    query: str
    created_at: datetime
    group: bool
    status: str = "CREATED"
    type: str = "QUERY"
    asked: int = 0
    completed_at: datetime | None = None
    error_code: str | None = None
    object_count: str = "0"
    root_object_count: str = "0"
    file_size: str | None = None
    url: str | None = None
    partial_data_url: str | None = None
    file: BulkFile | None = None


@dataclass(slots=True)
class ResultFile:
    content: Body
    expires_at: datetime


@dataclass(slots=True)
class BulkOperations:
    """polls: how often a state must be asked for until the operation is done. fail_next: an error code
    (ACCESS_DENIED, INTERNAL_SERVER_ERROR or TIMEOUT) that ends the next operation half way."""

    files_url: str
    polls: int = 2
    fail_next: str | None = None
    url_life: timedelta = LIFE
    operations: dict[str, BulkOperation] = field(default_factory=dict)
    files: dict[str, ResultFile] = field(default_factory=dict)

    def run(self, ctx: Context, query: str, *, group: bool) -> dict[str, Any]:
        try:
            read_query(query)
        except RefusedError as refused:
            return _refusal("INVALID", ["query"], str(refused))
        ended = ctx.shop.clock() - ENDS_BY_ITSELF  # begun before it, an operation has ended by itself
        mine = [each for each in self.operations.values() if each.app is ctx.app and each.created_at > ended]
        running = [each.id for each in mine if each.status in UNDER_WAY]
        if len(running) >= MAX_RUNNING:
            text = f"A bulk query operation for this app and shop is already in progress: {', '.join(running)}."
            return _refusal("OPERATION_IN_PROGRESS", None, text)
        made = BulkOperation(ctx.shop.gid("BulkOperation"), ctx.app, query, ctx.shop.now(), group)
        self.operations[made.id] = made
        return {"bulkOperation": made, "userErrors": []}

    def poll(self, ctx: Context, gid: str) -> BulkOperation | None:
        """An app sees its own operations only; asking moves them on."""
        operation = self.operations.get(gid)
        if operation is None or operation.app is not ctx.app:
            return None
        operation.asked += 1
        if operation.status in UNDER_WAY:
            operation.status = "RUNNING"
            if operation.asked >= self.polls and operation.file is None:
                self._write(ctx, operation)
        return operation

    def _write(self, ctx: Context, operation: BulkOperation) -> None:
        """Begin the file, and finish it if it is not longer than that."""
        operation.file = BulkFile(export(read_query(operation.query), ctx), group=operation.group)
        if self._goes_on(ctx, operation, operation.file, AT_ONCE):
            threading.Thread(target=self._write_rest, args=(ctx, operation, operation.file), daemon=True).start()

    def _write_rest(self, ctx: Context, operation: BulkOperation, file: BulkFile) -> None:
        while self._goes_on(ctx, operation, file, SLICE):
            time.sleep(BREATH)

    def _goes_on(self, ctx: Context, operation: BulkOperation, file: BulkFile, lines: int) -> bool:
        """Write so many lines → whether there are more; else it is done, as it is when a row cannot be read."""
        with ctx.shop.lock:
            try:
                if file.write(lines):
                    return True
                failure, self.fail_next = self.fail_next, None
            except GraphQLError as error:
                failure = str((error.extensions or {})["code"])
            self._finish(ctx, operation, file, failure)
            return False

    def _finish(self, ctx: Context, operation: BulkOperation, file: BulkFile, failure: str | None) -> None:
        """What fails leaves the first half."""
        lines = file.written // 2 if failure else file.written
        content = file.finish(lines)
        operation.completed_at = ctx.shop.now()
        operation.status, operation.error_code = ("FAILED", failure) if failure else ("COMPLETED", None)
        operation.object_count, operation.root_object_count = str(lines), str(file.outermost)
        if not content:
            return  # nothing matched: there is no file, and that is a success
        name = f"bulk-{tail(operation.id)}.jsonl"
        self.files[name] = ResultFile(content, ctx.shop.clock() + self.url_life)
        operation.file_size = str(len(content))
        address = f"{self.files_url}/files/{name}?Expires=604800&Signature=sandbox"
        operation.url, operation.partial_data_url = (None, address) if failure else (address, None)


def _refusal(code: str, field_path: list[str] | None, message: str) -> dict[str, Any]:
    return {"bulkOperation": None, "userErrors": [{"code": code, "field": field_path, "message": message}]}
