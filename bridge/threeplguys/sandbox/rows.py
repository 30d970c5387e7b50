"""What the lists take and give: query parameters in, JSON rows out, as the references print them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar

from bridge.threeplguys.sandbox.shipments import Shipment
from bridge.threeplguys.sandbox.things import CartonType, Item, Order
from bridge.threeplguys.sandbox.world import Warehouse

DEFAULT_TAKE = 10
SORTED_BY: Mapping[str, str] = {"name": "name", "createdAt": "created", "updatedAt": "updated"}
T = TypeVar("T")
ThingT_co = TypeVar("ThingT_co", bound=Item | CartonType, covariant=True)


class Listing(Protocol[ThingT_co]):
    """A list of the warehouse as it stands."""

    def __call__(
        self, order: Order = Order.CREATED_DESC, since: datetime | None = None, *, deleted: bool = False
    ) -> Sequence[ThingT_co]: ...


class ApiError(Exception):
    """An answer other than 200. properties: field → message, for faulty parameters."""

    def __init__(self, status: int, sentence: str, properties: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.properties = status, properties


@dataclass(slots=True)
class Switches:
    """Behaviour the documents leave open, or contradict each other about.

    order: of the breakdown. clamp: a `take` over the maximum is lowered, else answered 400.
    milliseconds: timestamps with them. zoneless: `updatedAt` of the breakdown without its zone.
    deletion: which field tells it. extra_fields: one nobody knows. date: send the header.
    retry_after: send it with 429. rate_limit: requests per hour and token.
    spoilt_by_id: what breaks its pages cannot be asked for by id either. spoilt_in_catalogue: it breaks
    the pages of that list too. spoilt_stalls: it holds them up for ever
    instead of failing. catalogue_moves: a change of stock moves the catalogue's `updatedAt`. breaks_over: a page of
    more rows fails, 0: none does.
    latency: seconds before each answer leaves. created: the status of a creation. silent_deletes: a deletion is
    answered 204 without a body. catalogue_scope: what a token needs for all but the breakdowns.
    shipment_items: where a shipment says what it holds.
    OAuth: consents: the person who is asked says yes. grants: the scopes that are granted, "": those asked for.
    offers_pkce: a challenge is heeded. rotates: a refresh spends the pair before it. access_life, refresh_life: in
    seconds.
    """

    order: Order = Order.CREATED_DESC
    clamp: bool = True
    max_take: int = 50
    milliseconds: bool = True
    deletion: Literal["deletedAt", "archived"] = "deletedAt"
    extra_fields: bool = True
    zoneless: bool = False
    date: bool = True
    retry_after: bool = False
    rate_limit: int = 1_000
    spoilt_by_id: bool = False
    spoilt_in_catalogue: bool = False
    spoilt_stalls: bool = False
    catalogue_moves: bool = True
    breaks_over: int = 0
    latency: float = 0.0
    created: int = 201
    silent_deletes: bool = False
    catalogue_scope: str = "inventory"
    shipment_items: Literal["list", "detail", "never"] = "detail"
    consents: bool = True
    grants: str = ""
    offers_pkce: bool = True
    rotates: bool = True
    access_life: int = 3_600
    refresh_life: int = 30 * 86_400

    def shown(self, moment: datetime) -> str:
        """A timestamp as the API prints it, with milliseconds or cut to the second."""
        timespec = "milliseconds" if self.milliseconds else "seconds"
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def level_row(item: Item, world: Warehouse, switches: Switches) -> dict[str, object]:
    """A row of the product breakdown. Deleted products report 0 (Stock Levels reference)."""
    units = {} if item.deleted_at else item.units
    row: dict[str, object] = {
        "id": item.id,
        "name": item.name,
        "sku": item.sku,
        "quantity": sum(units.values()),
        "warehouses": places(units, world),
    }
    row |= times(item, switches)
    if switches.zoneless:
        row["updatedAt"] = str(row["updatedAt"]).removesuffix("Z")
    return row | item.odd


def places(counts: Mapping[str, int], world: Warehouse) -> list[dict[str, object]]:
    """How many there are in each warehouse."""
    return [
        {"id": id_, "name": world.warehouses.get(id_, f"Warehouse {id_}"), "quantity": held}
        for id_, held in counts.items()
    ]


def shipment_row(made: Shipment, world: Warehouse, switches: Switches, *, alone: bool) -> dict[str, object]:
    """A shipment (Shipments reference). No document prints its items; here they are as a carton's contents."""
    row: dict[str, object] = {
        "id": made.id, "status": made.status, "type": made.type, "notes": made.notes or None,
        "warehouse": {"id": made.warehouse, "name": world.warehouses[made.warehouse]},
        "createdAt": switches.shown(made.created_at), "updatedAt": switches.shown(made.updated_at),
    }  # fmt: skip
    if switches.shipment_items == "list" or (alone and switches.shipment_items == "detail"):
        held = [(world.known(product), count) for product, count in made.units.items()]
        row["items"] = [{"productId": x.id, "productName": x.name, "sku": x.sku, "quantity": n} for x, n in held]
    return {**row, **made.odd}


def product_row(item: Item, switches: Switches) -> dict[str, object]:
    """A product of the catalogue (Products reference)."""
    row: dict[str, object] = {"id": item.id, "name": item.name, "sku": item.sku, "description": item.description}
    row |= times(item, switches)
    return row if switches.catalogue_moves else row | {"updatedAt": row["createdAt"]}


def times(item: Item | CartonType, switches: Switches) -> dict[str, object]:
    """When it was created, changed and deleted, and a field nobody knows."""
    gone = item.deleted_at and switches.shown(item.deleted_at)
    return {
        "createdAt": switches.shown(item.created_at),
        "updatedAt": switches.shown(item.updated_at),
        switches.deletion: gone if switches.deletion == "deletedAt" else gone is not None,
        **({"storageClass": "standard"} if switches.extra_fields else {}),
    }


def listed(listing: Listing[ThingT_co], query: Mapping[str, str], order: Order) -> Sequence[ThingT_co]:
    """The list that `updatedSince` (strictly after) and `includeDeleted` ask for. Without a zone a moment is UTC; a "+"
    that was not escaped has become a space, and is refused."""
    since = query.get("updatedSince")
    try:
        moment = None if since is None else datetime.fromisoformat(since)
    except ValueError:
        raise _invalid("updatedSince", "must be a valid ISO 8601 date string") from None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return listing(order, moment, deleted=flag(query, "includeDeleted"))


def product_page(world: Warehouse, query: Mapping[str, str], switches: Switches) -> Sequence[Item]:
    """A page of the catalogue."""
    items = world.listing(sorting(query, {**SORTED_BY, "sku": "sku"}), deleted=flag(query, "includeDeleted"))
    if wanted := query.get("sku"):
        items = [item for item in items if item.sku == wanted]
    if part := query.get("search", "").lower():
        items = [item for item in items if part in item.name.lower() or part in item.sku.lower()]
    return taken(items, query, switches)


def sorting(query: Mapping[str, str], columns: Mapping[str, str]) -> Order:
    """Newest first unless `sortBy` and `sortOrder` say otherwise."""
    column = columns.get(query.get("sortBy", "createdAt"))
    direction = query.get("sortOrder", "desc")
    if column is None or direction not in ("asc", "desc"):
        raise _invalid("sortBy" if column is None else "sortOrder", "is not one of the allowed values")
    return Order(f"{column}_{direction}")


def taken(rows: Sequence[T], query: Mapping[str, str], switches: Switches) -> Sequence[T]:
    """One page: `skip` and `take`, ten by default."""
    skip, take = _whole(query, "skip", 0), _whole(query, "take", DEFAULT_TAKE)
    if take > switches.max_take and not switches.clamp:
        raise _invalid("take", f"must not be greater than {switches.max_take}")
    return rows[skip : skip + min(take, switches.max_take)]


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or (name == "take" and int(text) == 0):
        raise _invalid(name, "must be a positive number")
    return int(text)


def flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "false")
    if text not in ("true", "false"):
        raise _invalid(name, "must be a boolean value")
    return text == "true"


def _invalid(name: str, message: str) -> ApiError:
    return ApiError(400, "Validation failed", {name: f"{name} {message}"})
