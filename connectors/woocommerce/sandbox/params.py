"""Checks of query parameters and of the body of a single write. A batch goes past all of them (10.5.0)."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.woocommerce.sandbox.goods import BACKORDERS, PRODUCT_STATUSES, STOCK_STATUSES, TYPES
from connectors.woocommerce.sandbox.http import ApiError

DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.IGNORECASE)
Check = Callable[[str, Any], Any]


class BadParamError(Exception):
    def __init__(self, code: str, message: str, data: Any = None) -> None:
        super().__init__(code)
        self.code, self.message, self.data = code, message, data


def checked(given: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """What is known and good; unknown parameters are ignored, all bad ones are told together."""
    found: dict[str, Any] = {}
    bad: dict[str, BadParamError] = {}
    for name in given.keys() & checks.keys():
        try:
            found[name] = checks[name](name, given[name])
        except BadParamError as error:
            bad[name] = error
    if bad:
        raise invalid(bad)
    return found


def invalid(bad: Mapping[str, BadParamError]) -> ApiError:
    details = {name: {"code": each.code, "message": each.message, "data": each.data} for name, each in bad.items()}
    params = {name: each.message for name, each in bad.items()}
    return ApiError(
        "rest_invalid_param", f"Invalid parameter(s): {', '.join(bad)}", 400, params=params, details=details
    )


def _type(name: str, kind: str) -> BadParamError:
    return BadParamError("rest_invalid_type", f"{name} is not of type {kind}.", {"param": name})


def integer(name: str, value: Any) -> int:
    """is_numeric() and whole: true, "" and "abc" are not, "4" and 3.0 are."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _type(name, "integer")
    try:
        number = float(value)
    except ValueError:
        raise _type(name, "integer") from None
    if not number.is_integer():
        raise _type(name, "integer")
    return int(value) if isinstance(value, int) else int(number)


def nullable_integer(name: str, value: Any) -> int:
    """null passes the check and is cast: it empties the shelf (10.5.0)."""
    return 0 if value is None else integer(name, value)


def boolean(name: str, value: Any) -> bool:
    if value in (True, "true", "1"):
        return True
    if value in (False, "false", "0", ""):
        return False
    raise _type(name, "boolean")


def boolean_or_parent(name: str, value: Any) -> Any:
    """10.5.0 takes "parent" for a variation, 9.9.5 does not."""
    return value if value == "parent" else boolean(name, value)


def between(low: int, high: int | None = None) -> Check:
    def check(name: str, value: Any) -> int:
        number = integer(name, value)
        if number < low or (high is not None and number > high):
            limits = f"between {low} (inclusive) and {high} (inclusive)" if high else f"greater than or equal to {low}"
            raise BadParamError("rest_out_of_bounds", f"{name} must be {limits}")
        return number

    return check


def one_of(allowed: Iterable[str]) -> Check:
    words = list(allowed)

    def check(name: str, value: Any) -> str:
        if value not in words:
            raise _enum(name, words)
        return str(value)

    return check


def several_of(allowed: Iterable[str]) -> Check:
    words = list(allowed)

    def check(name: str, value: Any) -> list[str]:
        parts = [part.strip() for part in str(value).split(",")]
        for place, part in enumerate(parts):
            if part not in words:
                raise _enum(f"{name}[{place}]", words)
        return parts

    return check


def _enum(name: str, words: list[str]) -> BadParamError:
    return BadParamError("rest_not_in_enum", f"{name} is not one of {', '.join(words[:-1])}, and {words[-1]}.")


def id_list(name: str, value: Any) -> list[int]:
    parts = [part for part in re.split(r"[\s,]+", str(value)) if part]
    return [integer(f"{name}[{place}]", part) for place, part in enumerate(parts)]


def text(name: str, value: Any) -> str:  # noqa: ARG001 - a Check
    return str(value)


def moment(name: str, value: Any) -> str:
    """A whole date and time, with or without a zone. A "+" that was not escaped arrives as a space."""
    if not DATE.fullmatch(str(value)):
        raise BadParamError("rest_invalid_date", "Invalid date.")
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise BadParamError("rest_invalid_date", "Invalid date.") from None
    del name
    return str(value)


def shop_time(value: str, utc_offset: timedelta) -> datetime:
    """As WP_Date_Query reads it: with a zone it is turned into the shop's local time, without one it stays
    as it is; either is then compared with the column, local or GMT, that `dates_are_gmt` chose. So a "Z"
    together with dates_are_gmt is wrong by the shop's offset."""
    read = datetime.fromisoformat(value).replace(microsecond=0)
    return read if read.tzinfo is None else (read.astimezone(UTC) + utc_offset).replace(tzinfo=None)


PAGING: dict[str, Check] = {"page": between(1), "per_page": between(1, 100), "offset": between(0)}
COMMON: dict[str, Check] = {
    **PAGING,
    "include": id_list,
    "exclude": id_list,
    "order": one_of(("asc", "desc")),
    "orderby": one_of(("date", "modified", "id", "include", "title", "slug")),
    "after": moment,
    "before": moment,
    "modified_after": moment,
    "modified_before": moment,
    "dates_are_gmt": boolean,
}
VARIATIONS: dict[str, Check] = {
    **COMMON,
    "sku": text,
    "search_sku": text,
    "status": one_of(("any", *PRODUCT_STATUSES)),
    "stock_status": one_of(STOCK_STATUSES),
}
PRODUCTS: dict[str, Check] = {**VARIATIONS, "type": one_of(TYPES), "category": text}
PRODUCT_WRITE: dict[str, Check] = {
    "name": text,
    "sku": text,
    "status": one_of(PRODUCT_STATUSES),
    "manage_stock": boolean,
    "stock_quantity": nullable_integer,
    "inventory_delta": integer,
    "stock_status": one_of(STOCK_STATUSES),
    "backorders": one_of(BACKORDERS),
    "regular_price": text,
    "type": one_of(TYPES),
}


def order_list(statuses: Iterable[str]) -> dict[str, Check]:
    return {**COMMON, "status": several_of(statuses), "product": integer}
