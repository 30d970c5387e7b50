"""When the catalogue is read, and how much of it: names, descriptions and deletions, on which no number rests. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.core.model import Level
from bridge.core.schedule import SHARE, RequestBudget

EVERY = timedelta(hours=24)
"""How often it is read (Syncing Inventory guide: daily, or when an unseen id is met)."""

NEW_ID_GAP = timedelta(minutes=30)
"""How soon it is read again for a new id, or after it could not be read."""

GO_GAP = timedelta(minutes=5)
"""Between two goes at a reading that takes several."""

CHANGES_PART, WHOLE_PART, SPARED = 50, 240, 10
"""One go may take a fiftieth of a window's requests for what changed, and a 240th at a reading of everything, which may
go on in each of the twelve goes of an hour. As long as a tenth of the window is left of the polls' own share."""

UNKNOWN_BUDGET = 4
"""Requests of a go while the source has not said what its budget is."""

SHORT = 120
"""Characters of a description that are kept; `stockbridge catalog products show` asks for all of it."""


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """tried_at: when a go last began. read_at: when a reading last came to its end, read_from: when that one began.
    new_id_at: when a new id was last met. under_way: a reading waits for its next go. waits: nothing may be read now,
    because stock comes first. Instants by our clock."""

    tried_at: datetime | None = None
    read_at: datetime | None = None
    read_from: datetime | None = None
    new_id_at: datetime | None = None
    under_way: bool = False
    waits: bool = False


def catalogue_is_due(facts: CatalogueFacts, now: datetime) -> bool:
    if facts.waits:
        return False
    if facts.tried_at is None:
        return True
    pause = now - facts.tried_at
    if facts.under_way:
        return pause >= GO_GAP
    if facts.read_at is None or now - facts.read_at >= EVERY:
        return pause >= NEW_ID_GAP
    has_new_id = facts.new_id_at is not None and (facts.read_from is None or facts.new_id_at > facts.read_from)
    return has_new_id and pause >= NEW_ID_GAP


def catalogue_requests(budget: RequestBudget | None, now: datetime, *, whole: bool) -> int:
    """How many requests one go may make; 0 while polls need what is left."""
    if budget is None:
        return UNKNOWN_BUDGET
    remaining = budget.limit if budget.ends <= now else budget.remaining
    left = SHARE * budget.limit - (budget.limit - remaining)
    if left < budget.limit / SPARED:
        return 0
    return max(1, budget.limit // (WHOLE_PART if whole else CHANGES_PART))


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of a product beyond its level. name, deleted: None where the level says the same. at: its
    `updatedAt` in the catalogue, which decides whose word is newer."""

    description: str = ""
    name: str | None = None
    deleted: bool | None = None
    at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.description) or self.name is not None or self.deleted is not None


def entry_beside(level: Level | None, name: str, description: str, *, deleted: bool, at: datetime) -> CatalogueEntry:
    """What is to be kept of a row of the catalogue; a false one: nothing."""
    short = description if len(description) <= SHORT else description[: SHORT - 1] + "…"
    named = None if level is not None and level.name == name else name
    gone = None if level is not None and level.deleted == deleted else deleted
    return CatalogueEntry(short, named, gone, at if (named, gone) != (None, None) else None)


def name_of(level: Level, entry: CatalogueEntry | None) -> str:
    """What a product is called: by the newer of the two."""
    is_newer = entry is not None and entry.at is not None and entry.at > level.updated_at
    return entry.name if entry is not None and entry.name is not None and is_newer else level.name


def is_deleted(level: Level, entry: CatalogueEntry | None) -> bool:
    """Whether the newer of the two says that it is deleted."""
    is_newer = entry is not None and entry.at is not None and entry.at > level.updated_at
    return entry.deleted if entry is not None and entry.deleted is not None and is_newer else level.deleted
