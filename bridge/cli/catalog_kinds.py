"""What products and cartons are to the commands of `catalog`: their columns, their rows, and how one is named."""

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from bridge.cli.loudness import declare
from bridge.core.measure import Length, Weight
from bridge.ops import catalog, words
from bridge.threeplguys.cartons import Carton
from bridge.threeplguys.parse import Product
from bridge.threeplguys.query import CartonQuery, ListQuery, ProductQuery, SortOrder

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient

RecordT = TypeVar("RecordT", Product, Carton)
TIMES = ("deleted", "created_at", "updated_at", "deleted_at")


class Kind(ABC, Generic[RecordT]):
    """noun, nouns: in sentences, the latter in JSON too. columns: of CSV, each a member of `flat`. shown: of tables.
    sorts: what a list may be sorted by → as 3PLGuys calls it."""

    noun: ClassVar[str]
    nouns: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    shown: ClassVar[tuple[str, ...]]
    sorts: ClassVar[Mapping[str, str]]

    @abstractmethod
    def things(self, source: "SourceClient") -> Any:
        """The resource of the client: what lists, gets and changes them."""

    @abstractmethod
    def query(
        self, search: str = "", *, sort_by: str = "createdAt", order: SortOrder = "desc", deleted: bool = False
    ) -> ListQuery: ...
    @abstractmethod
    def named(self, source: "SourceClient", text: str, *, deleted: bool = False) -> RecordT:
        """The one that a person means. deleted: among several of one SKU a deleted one is meant. Raises ConfigError."""

    @abstractmethod
    def row(self, record: RecordT) -> dict[str, Any]:
        """As JSON tells it."""

    @abstractmethod
    def flat(self, record: RecordT) -> dict[str, Any]:
        """As a table and CSV tell it, one value a column."""

    @abstractmethod
    def called(self, record: RecordT) -> str:
        """In a sentence: 'product 12, ABC123 "Egg Shells"'."""


class Products(Kind[Product]):
    noun, nouns = "product", "products"
    columns = ("id", "sku", "name", "description", *TIMES)
    shown = ("product", "sku", "name", "description", "changed", "deleted")
    sorts: ClassVar[Mapping[str, str]] = {
        "name": "name", "sku": "sku", "created": "createdAt", "updated": "updatedAt",
    }  # fmt: skip

    def things(self, source: "SourceClient") -> Any:
        return source.products

    def query(
        self, search: str = "", *, sort_by: str = "createdAt", order: SortOrder = "desc", deleted: bool = False
    ) -> ListQuery:
        return ProductQuery(search, deleted, order, sort_by=sort_by)  # type: ignore[arg-type]

    def named(self, source: "SourceClient", text: str, *, deleted: bool = False) -> Product:
        return catalog.product_of(source, text, deleted=deleted)

    def row(self, record: Product) -> dict[str, Any]:
        return self.flat(record)

    def flat(self, record: Product) -> dict[str, Any]:
        own = {"id": record.product, "sku": record.sku, "name": record.name, "description": record.description}
        return own | _times(record)

    def called(self, record: Product) -> str:
        return f'product {record.product}, {record.sku} "{record.name}"'


class Cartons(Kind[Carton]):
    noun, nouns = "carton", "cartons"
    columns = (
        "id", "sku", "product", "units", "name", "length", "width", "height", "length_unit", "weight", "weight_unit",
        *TIMES,
    )  # fmt: skip
    shown = ("carton", "sku", "product", "units", "name", "size", "weighs", "changed", "deleted")
    sorts: ClassVar[Mapping[str, str]] = {"name": "name", "created": "createdAt", "updated": "updatedAt"}

    def things(self, source: "SourceClient") -> Any:
        return source.cartons

    def query(
        self, search: str = "", *, sort_by: str = "createdAt", order: SortOrder = "desc", deleted: bool = False
    ) -> ListQuery:
        return CartonQuery(search, deleted, order, sort_by=sort_by)  # type: ignore[arg-type]

    def named(self, source: "SourceClient", text: str, *, deleted: bool = False) -> Carton:  # noqa: ARG002  (an id is one)
        return catalog.carton_of(source, text)

    def row(self, record: Carton) -> dict[str, Any]:
        sizes = record.dimensions.in_one_unit
        return {
            "id": record.carton,
            "name": record.name,
            "contents": [
                {"product": x.product, "sku": x.sku, "name": x.name, "units": x.units} for x in record.contents
            ],
            "dimensions": {
                "length": number(sizes.length), "width": number(sizes.width), "height": number(sizes.height),
                "unit": sizes.length.unit,
            },
            "weight": {"amount": number(record.weight), "unit": record.weight.unit},
            **_times(record),
        }  # fmt: skip

    def flat(self, record: Carton) -> dict[str, Any]:
        sizes, part = record.dimensions.in_one_unit, next(iter(record.contents), None)
        return {
            "id": record.carton, "name": record.name, "sku": part and part.sku, "product": part and part.name,
            "units": part and part.units, "length": number(sizes.length), "width": number(sizes.width),
            "height": number(sizes.height), "length_unit": sizes.length.unit, "weight": number(record.weight),
            "weight_unit": record.weight.unit, **_times(record),
        }  # fmt: skip

    def called(self, record: Carton) -> str:
        return f'carton {record.carton} "{record.name}" of {contents(record)}'


PRODUCTS, CARTONS = Products(), Cartons()


def contents(record: Carton) -> str:
    """10 × ABC123 Egg Shells."""
    return " and ".join(f"{x.units} × {x.sku} {x.name}".rstrip() for x in record.contents) or "nothing"


def number(size: Length | Weight) -> int | float | str:
    """An exact number; a fraction as text where there is none."""
    return str(size.amount) if size.number is None else size.number


def cells(kind: Kind[Any], record: Any) -> list[object]:
    """A row of the table of a list."""
    row = kind.flat(record)
    own: dict[str, object] = {
        kind.noun: row["id"], "changed": words.stamp(record.updated_at), "deleted": "yes" if record.deleted else "",
    }  # fmt: skip
    if isinstance(record, Carton):
        own |= {"size": str(record.dimensions), "weighs": str(record.weight), "product": row["product"]}
    return [own.get(name, row.get(name)) for name in kind.shown]


def _times(record: Product | Carton) -> dict[str, Any]:
    return {
        "deleted": record.deleted,
        "created_at": words.iso(record.created_at),
        "updated_at": words.iso(record.updated_at),
        "deleted_at": words.iso(record.deleted_at),
    }


def for_kind(function: Callable[..., None], kind: Kind[Any]) -> Callable[..., None]:
    """A command that is written for both kinds, as that of one; its docstring names it."""

    @functools.wraps(function)
    def call(**own: Any) -> None:
        function(kind, **own)

    call.__doc__ = (function.__doc__ or "").format(noun=kind.noun, nouns=kind.nouns)
    return declare(call, list(inspect.signature(function).parameters.values())[1:])
