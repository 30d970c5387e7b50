"""Extra skills: what a connector may do beyond the contract. Each is a small Protocol; the bridge asks for it.

Whoever keeps state in them is handed it back as it was given: JSON values without a secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from connectors.base import Listing, OrderLine, Reading


@runtime_checkable
class RefetchesOrders(Protocol):
    """An extra skill: ask again for orders that the store no longer tells of, or tells without their listing.

    Where the store keeps its own number of committed units only listings that are gone are asked for; elsewhere
    every order believed open, because one can vanish without a word."""

    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        """Orders believed open (order → {ref: units}) as they are now. What one holds no longer is told with committed
        0, and so is all of one that the store does not know, as `gone`: whoever asks judges whether to believe that."""
        ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that the store cannot show, and that every list goes on without. id: as the store names it. why: what
    happens and what to do, to follow "product 12: "."""

    kind: Literal["listing", "order"]
    id: str
    why: str


@runtime_checkable
class SetsAside(Protocol):
    """An extra skill: one thing that breaks off the reading of a list is found, left out and named, and the rest is
    read. It is asked for again with every `changes`, until it can be read or is gone.

    What is left out is not gone: its listing stays as it was known. While an order is left out nothing is raised that
    the store shares, because the order may hold units of it."""

    def unreadable(self) -> Sequence[Unreadable]:
        """What is left out at this moment."""
        ...

    def hides(self, ref: str) -> bool:
        """Whether a listing that was not told may be part of what is left out."""
        ...


@runtime_checkable
class ListsWithReadings(Protocol):
    """An extra skill: the calls that list everything also say what the store shows of it, so that whoever wants the
    whole of both, at first and once a day, asks for each thing once. Orders are asked for ahead of it."""

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        """Every listing with its readings: together what `listings` and `read` would tell, each as old as its page.
        None: one that `listings` leaves out, and of which `read` tells all the same (see SetsAside). With TellsTime
        it goes on with the reading that `changes` began: the oldest answer is that of both."""
        ...


@runtime_checkable
class TellsTime(Protocol):
    """An extra skill: the store's own clock. Where it is known, cursors move by it: not by ours, and not by what the
    store's rows are dated, because a product that is to appear next month carries that date."""

    def read_at(self) -> datetime | None:
        """When the oldest answer since `changes` or `listings` was last called was true, by the store's clock: its
        header Date, less its Age where a cache answered. None: no answer told."""
        ...

    def lag(self) -> timedelta:
        """How long a cache had kept the oldest answer since then; nothing is increased on the word of such a one."""
        ...


@runtime_checkable
class TracksEdits(Protocol):
    """An extra skill: `changes` also tells whose stock was changed, by whoever, with a cursor of its own. The cursor is
    kept together with the readings it led to, so that a session that fails loses none."""

    def resume_edits(self, cursor: Mapping[str, Any]) -> None:
        """Begin the next `changes` where an earlier one stopped. Empty: everything is read anyway, and only the place
        where the next look begins is wanted."""
        ...

    def edits_cursor(self) -> Mapping[str, Any]:
        """Where the next look begins, once all that the last `changes` told was taken in: JSON values without a secret.
        "blind": a sentence where the store does not tell of edits, else absent."""
        ...


@runtime_checkable
class PersistsState(Protocol):
    """An extra skill: what one session learned of the store's speed is handed to the next, in whichever worker."""

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what an earlier session learned; anything unreadable is ignored."""
        ...

    def dump_state(self) -> Mapping[str, Any]:
        """JSON values without a secret. Instants are Unix seconds."""
        ...


@runtime_checkable
class IdentifiesShop(Protocol):
    """An extra skill: who the shop says it is, whatever name or address it was reached by."""

    def shop_id(self) -> str:
        """One request. Two tables whose shops say the same are one shop. "": the shop does not say."""
        ...


@dataclass(frozen=True, slots=True)
class Hint:
    """What one delivery of a webhook says. Whoever gets it reads the store: no number in it is ever written.

    topic: the platform's word, such as "orders/create". means: what to read: "orders", "stock" (an edit), "listings";
    "gone": the store took the key back, and a person must act; "nothing": a ping, or a topic without use here.
    id: the same over all tries of one delivery; "" where the platform has no such key. at: when it happened, by the
    store's clock; None: it does not say. about: the order, product or SKU, for people.
    shows: with "stock" or "listings", what shoppers can buy of one listing at one location now: only `available` counts
    of it, the rest need not be told. sku: with "listings" and `shows`, the SKU that this listing has now. Where all of
    that is believed already, as after a write of our own, it is no news; nor is a location that is not in use."""

    topic: str
    means: Literal["orders", "stock", "listings", "gone", "nothing"]
    id: str = ""
    at: datetime | None = None
    about: str = ""
    shows: Reading | None = None
    sku: str | None = None


@runtime_checkable
class SignsWebhooks(Protocol):
    """An extra skill of a connector's Options: know the store's own deliveries by their signature. It needs no
    request, and so no connector."""

    def hint(self, headers: Mapping[str, str], body: bytes) -> Hint | None:
        """What a delivery says; None: it was not signed with a key of this store. Signatures are compared in constant
        time, over the bytes as they came. headers: names in small letters. A signed body that cannot be read is a hint
        of its topic all the same. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook that the store keeps for us. address: where it delivers. is_active: False where the store has
    disabled it, or a person has paused it. why: what the store says of that, or ""."""

    id: str
    topic: str
    address: str
    is_active: bool = True
    why: str = ""


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """An extra skill of a connector whose Options are SignsWebhooks: have the store tell what moves. Only hints come of
    it, and polling goes on as if there were none."""

    topics: ClassVar[tuple[str, ...]]
    """What is subscribed to, in the platform's words."""

    def webhooks(self) -> Sequence[Subscription]:
        """Those of ours that the store has now, wherever they deliver to; those of other programs are left out."""
        ...

    def register_webhooks(self, address: str) -> Sequence[Subscription]:
        """Have each topic delivered to an address, once: create what is missing, enable again what is disabled, move
        what delivers elsewhere, remove what is double → those of ours afterwards. Doing it twice changes nothing."""
        ...

    def remove_webhooks(self) -> int:
        """Remove all of ours → how many there were."""
        ...


@runtime_checkable
class RepeatsNumbers(Protocol):
    """An extra skill of a connector whose store cannot be read: others overwrite what it took, so everything is sent
    again from time to time."""

    def repeat_every(self) -> timedelta | None:
        """How often; None: never."""
        ...


@runtime_checkable
class NamesLocations(Protocol):
    """An extra skill of a connector's Options: which warehouse is which location stands in a key of the platform's own
    words, which takes the place of `locations`. locations_key: its name; its value is a mapping, warehouse id →
    location."""

    locations_key: ClassVar[str]


@runtime_checkable
class NamesShop(Protocol):
    """An extra skill of a connector's Options: say which shop they mean, in the one form all its spellings share.

    Two tables whose options name one shop are refused, for each would count the other's orders once more."""

    def shop_identity(self) -> str: ...


@runtime_checkable
class JudgesTogether(Protocol):
    """An extra skill of Options: what the keys allow one by one and not together. It is asked for also while one of
    them is wrong by itself, so that a person reads all that is wrong at once."""

    @classmethod
    def together(cls, given: Mapping[str, object]) -> str | None:
        """One sentence, or None. given: the keys as they were written, right or wrong each, or as they were read."""
        ...
