"""What all answers have in common."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 with its zone."""


class Shape(BaseModel):
    model_config = ConfigDict(protected_namespaces=(), populate_by_name=True)


class Fault(Shape):
    """Why nothing was done: one sentence with the remedy."""

    error: str


class Paged(Shape, Generic[Row]):
    """A part of a list. total: rows that the search leaves. next: the offset of the following part; null: there is
    none."""

    total: int
    offset: int
    limit: int
    next: int | None
    rows: list[Row]
