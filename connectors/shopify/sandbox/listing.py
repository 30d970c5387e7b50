"""A connection over rows, searched and paged; in a bulk operation all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.shopify.sandbox.context import Context
from connectors.shopify.sandbox.paging import Page, SortKey, by_id, paginate
from connectors.shopify.sandbox.search import Matcher, compile_search

Args = Mapping[str, Any]


def listing(
    ctx: Context,
    args: Args,
    rows: Iterable[Any],
    known: Mapping[str, Matcher] | None = None,
    sort: SortKey | None = None,
) -> Page:
    """A connection over rows that come in the order of their ids."""
    search = compile_search(args.get("query"), known or {})
    warn(ctx, args, search.ignored)
    if ctx.whole:
        return Page([row for row in rows if search.test(row)], by_id)
    return paginate(rows, args, sort=sort, test=search.test)


def warn(ctx: Context, args: Args, ignored: list[str]) -> None:
    warnings = [
        {"field": name, "message": "Invalid search field for this query.", "code": "invalid_field"} for name in ignored
    ]
    if warnings:
        ctx.warnings.append({"query": args.get("query"), "warnings": warnings})
