"""`…/batch`: one answer per item in the order of the items; no transaction around them, no type checks."""

from collections.abc import Callable, Generator
from typing import Any

from connectors.testing.http import Response
from connectors.woocommerce.sandbox.context import Context, Step, Work
from connectors.woocommerce.sandbox.goods import php_int
from connectors.woocommerce.sandbox.http import ApiError, as_json

Item = dict[str, Any]
Doer = Callable[[Context, Item], Generator[Step, None, Any]]
VERBS = ("create", "update", "delete")


def run(ctx: Context, doers: dict[str, Doer]) -> Work:
    groups = {verb: _items(ctx.body().get(verb)) for verb in VERBS}
    limit = ctx.limits.batch_limit
    if sum(map(len, groups.values())) > limit:
        text = f"Unable to accept more than {limit} items for this request."
        raise ApiError("woocommerce_rest_request_entity_too_large", text, 413)
    answer: dict[str, list[Any]] = {}
    for verb, items in groups.items():
        for item in items:
            yield Step("item", php_int(item.get("id")))
            answer.setdefault(verb, []).append((yield from _one(ctx, doers[verb], item)))
    return _shown(ctx, answer)


def _items(sent: Any) -> list[Item]:
    """An object instead of a list is taken for its values, which are no items (10.5.0). A bare id is what
    `delete` lists."""
    rows = list(sent.values()) if isinstance(sent, dict) else sent if isinstance(sent, list) else []
    bare = [row if isinstance(row, dict) else {"id": row} for row in rows]
    return [{"id": None} for _ in rows] if isinstance(sent, dict) else bare


def _one(ctx: Context, do: Doer, item: Item) -> Generator[Step, None, Any]:
    try:
        return (yield from do(ctx, item))
    except ApiError as error:
        return {"id": item.get("id"), "error": error.body()}


def _shown(ctx: Context, answer: dict[str, list[Any]]) -> Response:
    """`_fields` blanks the answer, though everything was written. Without items it is a list (10.5.0)."""
    fields = ctx.call.query.get("_fields", "")
    if fields:
        named = {name.partition(".")[0].strip() for name in fields.split(",")}
        return as_json(200, {verb: [] for verb in answer if verb in named} or [], **ctx.headers)
    return as_json(200, answer or [], **ctx.headers)
