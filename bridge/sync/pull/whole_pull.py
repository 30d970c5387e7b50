"""The end of a whole pull: it is judged as one, and only then what it met counts.

Missing is not zero: each product that the list left out is asked for by its id before it counts as gone.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from bridge.core.model import Level
from bridge.core.sku import carton_of
from bridge.core.unfinished import Unfinished
from bridge.errors import BrokenAnswerError, UntrustedPullError
from bridge.state import keys, pulled, spelling
from bridge.state.change import Change
from bridge.sync.context import SOON
from bridge.sync.pull import broken_rows
from bridge.sync.pull.doubts import Row, last_good, name_of, note_of
from bridge.sync.pull.levels import FirstLevels, apply_levels
from bridge.sync.pull.run import Run
from bridge.threeplguys import BadRow, Carton, Product
from connectors.chunks import chunks
from connectors.values import replace

CHUNK = 500
LEFT_OUT = "the list of 3PLGuys leaves it out, though it exists when asked for by its id"
FEW = 20
"""So many products may be absent from a whole pull, and so many rows unbelievable, or one in a hundred, before it is
not believed."""


def judge_and_apply(run: Run, pull: Unfinished) -> bool:
    """Everything that was met counts from here on → whether the list left out products that exist. Raises
    UntrustedPullError, and then nothing was changed; WindowSpentError while there are products to ask for: what was
    answered is kept."""
    doubtful = pull.doubtful + pull.place.holes
    if doubtful > max(FEW, pull.place.rows // 100):
        raise UntrustedPullError(
            f"{doubtful} of {pull.place.rows} rows of a whole pull are not believable, so it is not believed and"
            " nothing was changed; ask 3PLGuys what became of them."
        )
    for level in _absent(run, pull):
        change, run.met = Change(), None
        change.put(keys.PULLED, level.product, _asked(run, pull, level))
        run.save(pull, more=change)
    if pull.place.holes:
        change, run.met = Change(), None
        missing = pull.place.holes - broken_rows.named(run.context)
        if missing > 0:  # no absent product explains them: they are of products that nobody knew or deleted before
            met: broken_rows.Met = partial(pulled.met, run.context.state)
            found = broken_rows.in_catalogue(
                run.source, None, met, run.source.long, cartons=pull.cartons, wanted=missing
            )
            for row in found if len(found) >= missing else [*found, broken_rows.UNNAMED]:
                change.put(keys.PULLED, name_of(row), broken_rows.packed(row))
        run.save(pull, more=change)
    return _apply(run)


def _absent(run: Run, pull: Unfinished) -> list[Level]:
    """Products and carton types that the lists left out and that nobody asked for yet."""
    known, missing = 0, list[Level]()
    listed = (level for level in run.context.state.every_level() if pull.cartons or level.packing is None)
    levels = (level for level in listed if not level.deleted)
    for chunk in chunks(levels, CHUNK):
        known += len(chunk)
        met = pulled.met(run.context.state, [level.product for level in chunk])
        missing += [level for level in chunk if level.product not in met]
    if not pull.place.rows and not (known and pull.confirmed):
        raise UntrustedPullError(
            "The source lists no products at all; check that the token belongs to the right account."
        )
    if len(missing) > max(FEW, known // 100) and not pull.confirmed:
        raise UntrustedPullError(
            f"{len(missing)} of {known} products are absent from a full pull, so it is not believed and nothing was"
            " changed; if they are really gone, run `stockbridge sync --full --confirm-absent`."
        )
    return missing


def _asked(run: Run, pull: Unfinished, level: Level) -> str:
    """What is kept of a product the list left out: gone, or, when it exists after all, what is known already, and that
    it may be old. Where rows were left out because they break their pages, one that exists is one of them."""
    client, send = run.source.client, replace(run.source.long, soon=SOON)
    product: Product | Carton | BadRow | None
    try:
        carton = carton_of(level.product)
        product = client.product(level.product, send=send) if carton is None else client.carton(carton, send=send)
    except BrokenAnswerError:
        if broken_rows.named(run.context) >= pull.place.holes:
            raise
        product = broken_rows.UNNAMED
    broken = broken_rows.WHY if pull.place.holes and product is not None else ""
    if product is None or (not isinstance(product, BadRow) and product.deleted):
        return spelling.level(replace(level, units={}, deleted=True, doubt=broken))
    return broken_rows.packed(BadRow(level.product, level.sku, broken or LEFT_OUT))


def _apply(run: Run) -> bool:
    """Store everything that was kept apart → as above. What a poll met meanwhile is stored already."""
    bad: dict[str, Any] = {}
    noted, known = run.context.state.bad_rows(), FirstLevels.of(run.context.state)
    for chunk in chunks(_met(run), CHUNK):
        levels = [found for _, found in chunk if isinstance(found, Level)]
        noted_rows = [found for _, found in chunk if isinstance(found, Mapping)]
        garbled = [BadRow(found["product"], found["sku"], found["why"]) for found in noted_rows]
        bad |= {name: noted[name] for name, found in chunk if isinstance(found, pulled.Stored) and name in noted}
        run.changed += apply_levels(run.context, run.lease, [*levels, *last_good(run.context, garbled)], known)
        rows: list[Row] = [*levels, *garbled]
        bad |= {name_of(row): note for row in rows if (note := note_of(row))}
    run.context.state.replace_bad(bad)
    return any(note["why"] == LEFT_OUT for note in bad.values())


def _met(run: Run) -> Iterable[tuple[str, pulled.Met]]:
    """What the pull met: handed on where this call has all of it at hand, else read back."""
    if run.met is None:
        return pulled.every_met(run.context.state)
    return ((level.product, level) for level in run.met)
