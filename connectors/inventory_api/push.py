"""One batch of the bridge as the requests that the document knows: one product in one store each, some at a time.

A request that went unanswered is not sent again from here: another number could overtake it. The bridge sends the same
number once more, and keeps every other one until this one cannot land any more. What was answered, with whatever
status, is over, and what certainly did nothing may be repeated: both are left to the sender.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from connectors.base import (
    Batch,
    OperatorStoreError,
    Outcome,
    RetryableStoreError,
    Sender,
    StoreError,
    Verdict,
)
from connectors.inventory_api.client import InventoryClient
from connectors.items import Item

GONE = Outcome(Verdict.MISSING, reason="the items file does not list it any more")
LOSSES = 3
"""After so many failures in a row the shop is to blame, and not a product."""

Body = Mapping[str, object]


@dataclass
class Push:
    """outcomes, faults: what became of the rows of the batch that were begun. answered: rows that the shop said
    anything about."""

    client: InventoryClient
    send: Sender
    what: str
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    faults: dict[int, StoreError] = field(default_factory=dict)
    waiting: deque[tuple[int, Body]] = field(default_factory=deque)
    failed_in_a_row: int = 0
    stopped: bool = False

    def run(self, batch: Batch, items: Mapping[str, Item], parallel: int) -> Sequence[Outcome]:
        """Returns one outcome per update. Raises StoreError, which tells what is known of the rows."""
        for row, update in enumerate(batch.updates):
            if (item := items.get(update.ref)) is None:
                self.outcomes[row] = GONE
            else:
                self.waiting.append((row, {**item.identity(), "store": update.location, "quantity": update.quantity}))
        if self.waiting:
            threads = min(parallel, len(self.waiting))
            with ThreadPoolExecutor(max_workers=threads) as pool:
                for done in [pool.submit(self._work) for _ in range(threads)]:
                    done.result()
        if self.faults:
            self._judge_faults()
        else:
            self._judge_refusals()
        return [self.outcomes[row] for row in range(len(batch.updates))]

    def _work(self) -> None:
        """Send what waits, one request after the other. Several do, each in its thread."""
        while not self.stopped:
            try:
                row, body = self.waiting.popleft()
            except IndexError:
                return
            try:
                said = self.send(lambda body=body: self._attempt(body))  # type: ignore[misc]
                if isinstance(said, StoreError):
                    raise said
                self.outcomes[row], self.failed_in_a_row = said, 0
            except StoreError as fault:
                self.faults[row] = fault
                self.failed_in_a_row += 1
                self.stopped |= not is_of_one_item(fault) or self.failed_in_a_row >= LOSSES

    def _attempt(self, body: Body) -> Outcome | RetryableStoreError:
        """One request. One without an answer is returned, so that the sender does not repeat it."""
        try:
            return self.client.report(body)
        except RetryableStoreError as fault:
            if not is_lost(fault):
                raise
            return fault

    def _judge_faults(self) -> None:
        """Some requests failed. Where the shop answered all of them, and took or refused others, these rows are left
        for later. Otherwise raises the weightiest fault."""
        may_be = {row for row, fault in self.faults.items() if fault.sent}
        told = any(outcome is not GONE for outcome in self.outcomes.values())
        is_ours_alone = all(is_of_one_item(fault) and not is_lost(fault) for fault in self.faults.values())
        if told and is_ours_alone and not self.waiting:
            self.outcomes |= {row: Outcome(Verdict.DEFERRED, reason=str(f)) for row, f in self.faults.items()}
            return
        fault = max(self.faults.values(), key=lambda f: (isinstance(f, OperatorStoreError), not f.sent))
        fault.sent, fault.maybe_applied, fault.answered = bool(may_be), frozenset(may_be), dict(self.outcomes)
        raise fault

    def _judge_refusals(self) -> None:
        """Raises OperatorStoreError where the shop refuses all with one sentence, and says the same of a report that
        names no product: then it is about the token or the address, and no product is at fault."""
        said = {outcome.reason for outcome in self.outcomes.values() if outcome is not GONE}
        refused = all(o.verdict is Verdict.REJECTED for o in self.outcomes.values() if o is not GONE)
        if len(said) != 1 or not refused:
            return
        sentence = said.pop()
        if ask_without_product(self.client, self.send).reason == sentence:
            text = f'{self.what} refuses everything with "{sentence}", whatever the product; check token and url.'
            raise OperatorStoreError(text)


def ask_without_product(client: InventoryClient, send: Sender) -> Outcome:
    """What the shop says of a report without fields, which the document answers with an error: it changes nothing."""
    return send(lambda: client.report({}))


def is_lost(fault: StoreError) -> bool:
    """Whether a request may have landed, or may yet, without an answer."""
    return fault.sent and not fault.status


def is_of_one_item(fault: StoreError) -> bool:
    """Whether another request may fare better: the shop did not name a time, nor is a person needed."""
    return isinstance(fault, RetryableStoreError) and fault.sent and fault.retry_after is None
