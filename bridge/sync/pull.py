"""Pull what changed from the source. The cursor moves last."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from bridge.core.cursor import FULL, Cursor, advance, window
from bridge.core.model import Level
from bridge.errors import RetryableSourceError, SourceError, UntrustedPull
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.sync.levels import apply_levels
from bridge.sync.report import Pulled
from bridge.sync.shell import Shell
from bridge.sync.tidy import tidy_ledger
from bridge.threeplguys import BadRow, Product, Pull, SourceClient

CHUNK = 500
LEASE = "source"
FEW = 20
"""So many products may be absent from a full pull, or one in a hundred, before it is not believed."""


def pull(shell: Shell, *, full: bool = False, confirm_absent: bool = False) -> Pulled | None:
    """One pull → what it met; None while another worker pulls. Raises SourceError after noting it for
    `status`; then the cursor stands where it stood and nothing is lost."""
    with shell.lease(LEASE) as lease:
        if lease is None:
            return None
        try:
            return _pull(shell, lease, full, confirm_absent)
        except SourceError as fault:
            shell.state.put_source(trouble=_trouble(shell, fault))
            shell.say("pull failed", error=str(fault))
            raise


def _trouble(shell: Shell, fault: SourceError) -> dict[str, object]:
    since = (shell.state.source().get("trouble") or {}).get("since") or pack.ms(shell.now())
    kind = "untrusted" if isinstance(fault, UntrustedPull) else "operator"
    kind = "failing" if isinstance(fault, RetryableSourceError) else kind
    pause = timedelta(seconds=getattr(fault, "retry_after", None) or 0.0)
    return {"since": since, "kind": kind, "why": str(fault), "retry_at": pack.ms(shell.now() + pause)}


def _pull(shell: Shell, lease: Lease, full: bool, confirm_absent: bool) -> Pulled:
    notes = shell.state.source()
    cursor = read_cursor(notes.get("cursor"))
    began = shell.now()
    asked = FULL if full or _full_is_due(shell, notes) else window(cursor, shell.settings.source.overlap)
    shell.say("pull", since=asked.since.isoformat() if asked.since else "the beginning")
    with shell.source(lease) as (client, sender):
        pages = client.levels(asked.since, size=notes.get("size", 0))
        if asked.since is None:
            changed = _pull_all(shell, lease, client, pages, confirm_absent)
        else:
            report = _BadRows(shell)
            changed = sum(_store(shell, lease, rows, report) for rows in pages)
    moved = advance(cursor, asked, began=pages.began, greatest=pages.greatest, took=shell.now() - began, ours=began)
    done = Pulled(pages.rows, changed, sender.requests, moved.at.isoformat() if moved.at else None)
    facts = {
        "cursor": write_cursor(moved),
        "size": pages.size,
        "full_at": pack.ms(began) if asked.since is None else None,
    }
    tidy_ledger(shell, lease)
    return _done(shell, lease, done, began, facts)


def _full_is_due(shell: Shell, notes: dict[str, int]) -> bool:
    last = notes.get("full_at")
    return last is None or shell.now() - pack.at(last) >= shell.settings.source.full_pull_every


def _store(shell: Shell, lease: Lease, rows: Sequence[Level | BadRow], bad: "_BadRows") -> int:
    """One page of an incremental pull."""
    good = [row for row in rows if isinstance(row, Level)]
    bad.report(rows)
    return apply_levels(shell, lease, good) if good else 0


class _BadRows:
    """A garbled row keeps its last good value and is shown to people until a good one comes."""

    def __init__(self, shell: Shell) -> None:
        self.shell, self.any = shell, shell.state.any_bad()

    def report(self, rows: Iterable[Level | BadRow]) -> None:
        bad = {row.product or f"sku {row.sku}": row for row in rows if isinstance(row, BadRow)}
        self.any = self.any or bool(bad)
        if self.any:
            good = [row.product for row in rows if isinstance(row, Level)]
            self.shell.state.note_bad({n: {"sku": row.sku, "why": row.reason} for n, row in bad.items()}, good)
        for row in bad.values():
            self.shell.say("bad row", product=row.product, sku=row.sku, error=row.reason)


def _pull_all(shell: Shell, lease: Lease, client: SourceClient, pages: Pull[Level | BadRow], confirm: bool) -> int:
    """A full pull is judged as a whole before any of it is believed, so it is kept packed until then."""
    met: dict[str, str] = {}
    bad = _BadRows(shell)
    for rows in pages:
        bad.report(rows)
        met.update((row.product, pack.level(row)) for row in rows if isinstance(row, Level))
        shell.say("pulling", rows=pages.rows)
    return _apply_all(shell, lease, met, _absent(shell, client, pages, confirm))


def _apply_all(shell: Shell, lease: Lease, met: Mapping[str, str], gone: Sequence[Level]) -> int:
    changed, rest = 0, iter(met.items())
    while chunk := list(islice(rest, CHUNK)):
        changed += apply_levels(shell, lease, [pack.read_level(product, raw) for product, raw in chunk])
    return changed + apply_levels(shell, lease, gone)


def _absent(shell: Shell, client: SourceClient, pages: Pull[Level | BadRow], confirm: bool) -> list[Level]:
    """Missing is not zero: each absent product is asked for by id before it counts as gone."""
    known = absent = 0
    missing: list[Level] = []
    for level in shell.state.every_level():
        known += not level.deleted
        if not level.deleted and level.product not in pages.products:
            absent += 1
            missing.append(level)
    if not pages.rows and not (known and confirm):
        raise UntrustedPull("The source lists no products at all; check that the token belongs to the right account.")
    if absent > max(FEW, known // 100) and not confirm:
        raise UntrustedPull(
            f"{absent} of {known} products are absent from a full pull, so it is not believed and nothing was changed;"
            " if they are really gone, run `stockbridge sync --full --confirm-absent`."
        )
    return [gone for level in missing if (gone := _asked(client, level)) is not None]


def _asked(client: SourceClient, level: Level) -> Level | None:
    """The level of a product the list left out: gone, or None when it exists after all."""
    product = client.product(level.product)
    if isinstance(product, BadRow) or (isinstance(product, Product) and not product.deleted):
        return None
    return replace(level, units={}, deleted=True)


def _done(shell: Shell, lease: Lease, done: Pulled, began: datetime, facts: dict[str, object]) -> Pulled:
    """The cursor moves last, together with the word that this pull is a proof."""
    change = Change()
    facts |= {"trouble": None, "pull": {"began": pack.ms(began), "at": pack.ms(shell.now()), **done.as_dict()}}
    for name, value in facts.items():
        if name != "full_at" or value is not None:
            change.put(keys.SOURCE, name, json.dumps(value))
    shell.state.commit(change, lease)
    shell.say("pulled", rows=done.rows, changed=done.changed, requests=done.requests, cursor=done.cursor)
    return done


def write_cursor(cursor: Cursor) -> list[int | None]:
    return [None if x is None else pack.ms(x) for x in (cursor.at, cursor.looked, cursor.known)]


def read_cursor(raw: list[int | None] | None) -> Cursor:
    instants: list[datetime | None] = [None if x is None else pack.at(x) for x in raw or (None, None, None)]
    return Cursor(*instants)
