"""What products and cartons are created and changed from: JSON bodies, checked as the references say.

All faults of a body come back together in `properties`, field → message. The documents print no sentence for them;
those that they do print (one product per carton, SKU in use) are the warehouse's own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.threeplguys.sandbox.rows import ApiError

SHORTEST = 2
LENGTH_UNITS = frozenset({"inch", "millimeter", "centimeter", "meter", "foot"})
WEIGHT_UNITS = frozenset({"pound", "gram", "kilogram", "ounce"})


@dataclass(frozen=True, slots=True)
class ProductBody:
    """description: None where the body does not say. sku: "" in a change."""

    name: str
    sku: str
    description: str | None


@dataclass(frozen=True, slots=True)
class CartonBody:
    """name: "" to have one found. product: an id that may be unknown."""

    name: str
    product: str
    units: int
    dimensions: Mapping[str, Any]
    weight: Mapping[str, Any]


class Body:
    """A JSON object and the faults found in it so far."""

    def __init__(self, raw: bytes, allowed: tuple[str, ...]) -> None:
        try:
            found = json.loads(raw)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ApiError(400, "Validation failed", {"body": "body must be a JSON object"})
        self.given: dict[str, Any] = found
        self.faults = {name: f"property {name} should not exist" for name in found if name not in allowed}

    def text(self, field: str, *, needed: bool = True, shortest: int = SHORTEST) -> str | None:
        value = self.given.get(field)
        if value is None and not needed:
            return None
        if not isinstance(value, str):
            self.faults[field] = f"{field} must be a string"
        elif len(value) < shortest:
            self.faults[field] = f"{field} must be longer than or equal to {shortest} characters"
        else:
            return value
        return ""

    def numbers(self, field: str, names: tuple[str, ...], units: frozenset[str]) -> dict[str, Any]:
        """An object of positive numbers with a unit."""
        value = self.given.get(field)
        if not isinstance(value, dict):
            self.faults[field] = f"{field} must be an object"
            return {}
        for name in names:
            if not is_number(value.get(name)) or value[name] <= 0:
                self.faults[f"{field}.{name}"] = f"{field}.{name} must be a positive number"
        if value.get("units") not in units:
            self.faults[f"{field}.units"] = f"{field}.units must be one of the allowed values"
        return {name: value.get(name) for name in (*names, "units")}

    def raise_faults(self) -> None:
        if self.faults:
            raise ApiError(400, "Validation failed", self.faults)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def new_product(raw: bytes) -> ProductBody:
    body = Body(raw, ("name", "sku", "description"))
    name, sku, description = body.text("name"), body.text("sku"), body.text("description", needed=False, shortest=0)
    body.raise_faults()
    return ProductBody(name or "", sku or "", description or "")


def changed_product(raw: bytes) -> ProductBody:
    """A SKU cannot be changed, so it is no field of a change."""
    body = Body(raw, ("name", "description"))
    name, description = body.text("name"), body.text("description", needed=False, shortest=0)
    body.raise_faults()
    return ProductBody(name or "", "", description)


def new_carton(raw: bytes) -> CartonBody:
    body = Body(raw, ("name", "contents", "dimensions", "weight"))
    name = body.text("name", needed=False)
    dimensions = body.numbers("dimensions", ("length", "width", "height"), LENGTH_UNITS)
    weight = body.numbers("weight", ("amount",), WEIGHT_UNITS)
    contents = body.given.get("contents")
    if not isinstance(contents, list) or not all(isinstance(part, dict) for part in contents):
        body.faults["contents"] = "contents must be an array of objects"
        contents = [{}]
    elif len(contents) != 1:
        body.raise_faults()
        raise ApiError(400, "Only one product per carton is supported at this time")
    product, units = contents[0].get("productId"), contents[0].get("quantity")
    if not isinstance(product, str):
        body.faults.setdefault("contents", "contents.0.productId must be a string")
    if not isinstance(units, int) or isinstance(units, bool) or units < 1:
        body.faults.setdefault("contents.0.quantity", "contents.0.quantity must not be less than 1")
    body.raise_faults()
    return CartonBody(name or "", product, units, dimensions, weight)


def renamed_carton(raw: bytes) -> str:
    """Contents, dimensions and weight cannot be changed, so they are no fields of a change."""
    body = Body(raw, ("name",))
    name = body.text("name")
    body.raise_faults()
    return name or ""
