"""What `explain` finds where a store shows another number than it should: a closed list, and what each is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.core.breaker import CircuitBreaker
from bridge.core.drift import Drift
from bridge.core.guard import Hold
from bridge.core.in_flight import Sent
from bridge.core.model import Skip


class FindingCode(StrEnum):
    """Why units are shown, or not shown. docs/commands.md says what each means, docs/runbook.md what to do."""

    IN_FLIGHT = "in_flight"
    EDITED = "edited"
    CHANGED_BESIDE = "changed_beside"
    NOT_LANDED = "not_landed"
    NOT_APPLIED = "claimed_not_applied"
    ORDER_NOT_TOLD = "order_not_told"

    LEVEL = "level"
    ORDERS = "orders"
    RULES = "rules"
    FIRST = "first"
    MOVED = "moved"
    UNVERIFIED = "unverified"
    FRACTION = "fraction"

    HELD = "held"
    REJECTED = "rejected"
    REFUSED = "refused"
    SHADOW = "shadow"
    PAUSED = "paused"
    RESTING = "resting"
    NO_PROOF = "no_proof"
    SILENT_TILL = "silent_till"
    TWO_PRODUCTS = "two_products"
    NOT_BELIEVED = "not_believed"
    NEAR_LINE = "near_line"
    DOWN_ONLY = "down_only"
    REBUILDING = "rebuilding"

    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    NOT_STOCKED = "not_stocked"
    UNTRACKED = "untracked"
    BUNDLE = "bundle"
    POOLED = "pooled"
    NO_SKU = "no_sku"
    UNMAPPED = "unmapped"
    AMBIGUOUS_MATCH = "ambiguous_match"
    UNMAPPED_LOCATION = "unmapped_location"
    UNKNOWN_WAREHOUSE = "unknown_warehouse"
    UNREPORTED = "unreported"
    UNREAD = "unread"

    NOT_EXPLAINED = "not_explained"


OF_SKIP = {skip: FindingCode["EDITED" if skip is Skip.REPORT_ONLY else skip.name] for skip in Skip}
"""What is found where a listing is left alone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """units: how many of the units that a store shows beyond what it should; negative: it shows so many too few; None:
    one of both numbers is not known. evidence: by what it is known. next: one sentence, what to do or what happens."""

    code: FindingCode
    units: int | None
    evidence: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Of one stock key, in numbers of the kind that is written. shown: what the store shows; should_show: what it
    should if nothing held it back; None: not known. The units of the findings add up to the difference."""

    shown: int | None = None
    should_show: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def difference(self) -> int | None:
        return None if self.shown is None or self.should_show is None else self.shown - self.should_show


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of one stock key besides its number, and of its store.

    due: it waits to be sent. sent: writes to it that are in flight. drift: what is remembered of it. hold: what the
    guard holds there. refused: the store's reason while it is in quarantine. claimed: how often the store claimed to
    have applied a number that it then did not show. shadow: nothing is written to the store, only compared. paused: by
    whom and when, "" while it goes on. breaker: the store's. reasons: phrases about what keeps an increase back: the
    pulls and readings that it waits for, the rows that are not believed, the lines that it may be of.
    rules_changed: the rules are others than those that were applied last. incomplete: a part of the state was lost and
    is not rebuilt yet.
    """

    due: bool = False
    sent: Sequence[Sent] = ()
    drift: Drift | None = None
    hold: Hold | None = None
    refused: str | None = None
    claimed: int = 0
    shadow: bool = False
    paused: str = ""
    breaker: CircuitBreaker | None = None
    reasons: Sequence[str] = ()
    rules_changed: bool = False
    incomplete: bool = False
