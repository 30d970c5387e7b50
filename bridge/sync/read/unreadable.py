"""What a store cannot show: left out of its lists, named until it can be read again or is gone."""

from collections.abc import Sequence

from bridge.state.records import NotShown, StoreRecord
from bridge.sync.session import StoreSession
from connectors.base import StoreConnector
from connectors.skills import SetsAside, Unreadable


def unreadable_now(connector: StoreConnector) -> Sequence[Unreadable]:
    """What the reading that just ended left out."""
    return connector.unreadable() if isinstance(connector, SetsAside) else ()


def is_hidden(connector: StoreConnector, ref: str) -> bool:
    """Whether the store has this listing and cannot show it: that is not gone."""
    return isinstance(connector, SetsAside) and connector.hides(ref)


def unreadable_of(record: StoreRecord) -> list[Unreadable]:
    """What the store could not show when it was read last."""
    return [Unreadable(each.kind, each.id, each.why) for each in record.unreadable]


def sentence_of(left: Unreadable) -> str:
    """What cannot be read, why, what to do, and what rests meanwhile."""
    frozen = "; until then nothing that this store sells is increased" if left.kind == "order" else ""
    return f"{left.kind} {left.id} cannot be read: {left.why}{frozen}"


def facts_of(session: StoreSession, record: StoreRecord, left: Sequence[Unreadable]) -> dict[str, object]:
    """What is to be kept of a reading. A listing that the store shows again and that was never mapped asks for the
    whole map: its last change may lie far back."""
    before, now = unreadable_of(record), {x.id for x in left if x.kind == "listing"}
    back = [x.id for x in before if x.kind == "listing" and x.id not in now]
    facts: dict[str, object] = {"unreadable": [NotShown(x.kind, x.id, x.why) for x in left]} if left or before else {}
    is_new = bool(back) and bool(set(back) - session.context.state.listings(session.store, back).keys())
    return facts | ({"reconciled_at": None} if is_new else {})
