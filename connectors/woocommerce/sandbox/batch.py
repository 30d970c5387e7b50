"""`…/batch`: one answer per item in the order of the items; no transaction around them, no type checks."""

from collections.abc import Callable, Generator
from typing import Any

from connectors.woocommerce.sandbox.context import Context, Step, Work
from connectors.woocommerce.sandbox.goods import php_int
from connectors.woocommerce.sandbox.http import ApiError, as_json

Item = dict[str, Any]
Doer = Callable[[Context, Item], Generator[Step, None, Any]]
VERBS = ("create", "update", "delete")


def run(ctx: Context, doers: dict[str, Doer]) -> Work:
    groups: dict[str, list[Item]] = {}
    for verb in VERBS:
        sent = ctx.body().get(verb)
        rows = sent if isinstance(sent, list) else []
        groups[verb] = [row if isinstance(row, dict) else {"id": row} for row in rows]  # `delete` lists bare ids
        if isinstance(sent, dict):  # taken for its values, which are no items (10.5.0)
            groups[verb] = [{"id": None} for _ in sent]
    limit = ctx.limits.batch_limit
    if sum(map(len, groups.values())) > limit:
        text = f"Unable to accept more than {limit} items for this request."
        raise ApiError("woocommerce_rest_request_entity_too_large", text, 413)
    answer: dict[str, list[Any]] = {}
    for verb, items in groups.items():
        for item in items:
            yield Step("item", php_int(item.get("id")))
            try:
                done = yield from doers[verb](ctx, item)
            except ApiError as error:
                done = {"id": item.get("id"), "error": error.body()}
            answer.setdefault(verb, []).append(done)
    # `_fields` blanks the answer, though everything was written
    if fields := ctx.call.query.get("_fields", ""):
        named = {name.partition(".")[0].strip() for name in fields.split(",")}
        answer = {verb: [] for verb in answer if verb in named}
    return as_json(200, answer or [], **ctx.headers)  # without items it is a list (10.5.0)
