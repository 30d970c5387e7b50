"""Drifts during one push: loaded before it decides, marked as put right when a number is right again."""

from collections.abc import Iterable

from bridge.core.absence import LOST, spoken_of
from bridge.core.model import StockKey
from bridge.core.plan import Decision
from bridge.state import pack
from bridge.state.change import Change
from bridge.sync.push.job import Job
from connectors.values import replace


def load_drifts(job: Job) -> None:
    """Load the drifts of the store into the job: where a late order may explain one, the reading proves no increase."""
    job.drifts = {pack.read_stock_key(job.store, name): d for name, d in job.context.state.drifts(job.store).items()}


def heal(job: Job, change: Change, stock_keys: Iterable[StockKey]) -> None:
    """Mark the open drifts of some stock keys as put right: they show what they should."""
    for stock_key in stock_keys:
        last = job.drifts.get(stock_key)
        if last is not None and last.is_open:
            job.drifts[stock_key] = healed = replace(last, healed=job.context.now())
            change.put(job.key("drift"), pack.stock_key(stock_key), pack.drift(healed))


def heal_quiet(job: Job, change: Change, decisions: Iterable[Decision]) -> None:
    """Mark drifts as put right that need no write for it: the number is right as it is, or the listing is not mapped
    any more, so that there is no number of ours it could differ from."""
    if not job.drifts:
        return
    over: list[StockKey] = []
    for d in decisions:
        last, is_right = job.drifts.get(d.stock_key), d.target is not None and d.skip is None and not d.has_change
        if d.skip in LOST or (is_right and not (last and last.suspected)):
            over += spoken_of(d.stock_key, d.skip, job.drifts)
    heal(job, change, over)
