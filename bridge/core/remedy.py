"""Each finding's one next step."""

from collections.abc import Mapping

from bridge.core.finding import Circumstances, FindingCode
from bridge.core.model import Skip

HINTS: Mapping[Skip, str] = {
    Skip.NO_SKU: "give it a SKU in the store",
    Skip.UNMAPPED: "see `stockbridge unmapped`; a line under [stores.NAME.map] joins different names",
    Skip.AMBIGUOUS_MATCH: 'name the right one under [stores.NAME.map], or set match = "exact"',
    Skip.DUPLICATE: 'remove one of them, or set duplicates = "all"',
    Skip.EXCLUDED: "the keys `only` and `sync` decide",
    Skip.UNMAPPED_LOCATION: "add the location to `locations`",
    Skip.UNKNOWN_WAREHOUSE: "correct `locations` or `warehouses`; `stockbridge status` names the warehouses there are",
    Skip.UNREPORTED: "have the till report it; `stockbridge status` tells when each till last reported",
    Skip.SILENT_TILL: "see that the till reports; `stockbridge status` tells when it last did",
    Skip.NOT_STOCKED: "stock it there in the store",
    Skip.DOWN_ONLY: 'set direction = "both" to raise it',
    Skip.TWO_PRODUCTS: "archive one of them in the warehouse",
    Skip.NOT_BELIEVED: "`stockbridge status` says why; have the warehouse correct its row",
    Skip.NEAR_LINE: "`stockbridge status` names the line and what to do",
    Skip.REPORT_ONLY: "set heal = true to correct it",
    Skip.UNTRACKED: "have the store track its stock to let it be written",
    Skip.BUNDLE: "the parts of it are written, if they are listed",
    Skip.POOLED: "the listing that holds the stock is written, if it has a SKU",
    Skip.UNREAD: "the next cycle reads it",
    Skip.NO_PROOF: "the next cycle pulls and reads; where a store cannot be read, make it readable",
}
"""What a person can do about a listing that is left alone."""

REMEDIES: Mapping[FindingCode, str] = {
    FindingCode.IN_FLIGHT: "Nothing to do: the store is read again, and what did not land is sent again",
    FindingCode.HELD: "Look at it, then `stockbridge release {store}`, with --reject to drop it",
    FindingCode.REJECTED: "Have the warehouse correct its count, or let it through: `stockbridge release {store}`",
    FindingCode.REFUSED: "Correct it in the store, then `stockbridge resync {store}`; a change tries it again too",
    FindingCode.SHADOW: "Nothing is written in shadow mode: take `shadow` out of [stores.{store}] to have it written",
    FindingCode.PAUSED: "It waits until the store goes on: `stockbridge resume {store}`",
    FindingCode.REBUILDING: "The next cycle reads everything again; run `stockbridge sync`, or start a worker and beat",
    FindingCode.FRACTION: "It is due: the next cycle writes the whole number",
    FindingCode.NOT_EXPLAINED: "Run `stockbridge resync {store} --full`, and report it: this should not be",
}
AGAIN = "It is tried again by itself, or at once with `stockbridge resync {store}`"
CALLED = "Put right what it says, then `stockbridge resync {store}`"
DUE = "It is due: the next cycle writes it"


def next_step(code: FindingCode, waits: FindingCode | None, store: str, around: Circumstances) -> str:
    """Returns one sentence. waits: what keeps the number from being written; None: nothing does."""
    code = code if code in REMEDIES or waits is None else waits
    skips = {FindingCode[skip.name]: hint for skip, hint in HINTS.items() if skip is not Skip.REPORT_ONLY}
    if code is FindingCode.RESTING and around.breaker is not None:
        said = CALLED if around.breaker.needs_person else AGAIN
    elif waits is FindingCode.EDITED:
        said = "It is only reported; " + HINTS[Skip.REPORT_ONLY]
    else:
        said = REMEDIES.get(code) or skips.get(code, DUE)
    said = said.format(store=store).replace("stores.NAME.", f"stores.{store}.")
    return said[0].upper() + said[1:] + "."
