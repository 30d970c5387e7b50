"""What an act is asked with, and what it answers."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bridge.web.api.shapes.common import Shape
from bridge.web.api.shapes.lists import Held, Refused

Told = TypeVar("Told")

Text = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(max_length=500)]


class Asked(BaseModel):
    """A member that nobody knows is a typing error, and nothing is done; nor is 0 taken for false."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Asked):
    pass


class Decision(Asked):
    """seen: of the answer that showed what would be done. search, ref, location: as they were asked with there."""

    seen: Annotated[str, Field(min_length=16, max_length=16, pattern="^[0-9a-f]{16}$")]
    search: Text = ""
    ref: Id = ""
    location: Id = ""


class Confirmed(Asked):
    """token: of the preview."""

    token: Annotated[str, Field(max_length=100)]


class OfSku(Asked):
    sku: Annotated[str, Field(min_length=1, max_length=200)]


class OfSkuIn(OfSku):
    """stores: all that sell it, where none is named."""

    stores: Annotated[list[str], Field(max_length=500)] | None = None


class Checked(Asked):
    """offline: only the configuration."""

    offline: bool = False


class Would(Shape):
    """What an act would do now. says, sums: in sentences. total: rows that it takes; rows: the first of them. seen:
    what has to be sent to do it with exactly these."""

    act: str
    says: str
    sums: list[str]
    total: int
    seen: str
    rows: list[Held | Refused]


class Done(Shape, Generic[Told]):
    """count: rows it was done with; 0 of an act on the store as a whole. said: what was done, in a sentence."""

    act: str
    count: int
    said: str
    stores: dict[str, Told]


class Released(Shape):
    """held: the first of the rows that were decided on."""

    decision: Literal["release", "reject"]
    held: list[Held]


class Paused(Shape):
    """As it is now: a pause of the configuration ends there."""

    paused: bool


class Requested(Shape):
    """request: its number; null where nothing was to be asked for. `requests` of the status tells how far it is."""

    request: int | None


class Changed(Shape):
    """What was to be done is not what is there any more, and nothing was done. seen, total: of what is there now."""

    error: str
    seen: str = ""
    total: int = 0
