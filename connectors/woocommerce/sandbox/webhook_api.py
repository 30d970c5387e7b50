"""The route `webhooks`: for who manages the shop. From the source of its controller; not measured."""

import secrets
from typing import Any

from connectors.testing.http import Response
from connectors.woocommerce.sandbox import params
from connectors.woocommerce.sandbox.context import Context
from connectors.woocommerce.sandbox.hooks import Webhook
from connectors.woocommerce.sandbox.http import ApiError
from connectors.woocommerce.sandbox.show import gmt, local

STATUSES = ("active", "paused", "disabled")
RESOURCES, EVENTS = ("coupon", "customer", "order", "product"), ("created", "updated", "deleted", "restored")
LIST: dict[str, params.Check] = {
    **params.PAGING,
    "order": params.one_of(("asc", "desc")),
    "orderby": params.one_of(("date", "id", "title")),
    "status": params.one_of(("all", *STATUSES)),
}
WRITE: dict[str, params.Check] = {"name": params.text, "status": params.one_of(STATUSES), "secret": params.text}


def list_webhooks(ctx: Context) -> Response:
    """Of one that names an `offset` the list begins at its beginning, whatever it says: get_items of the controller."""
    given = params.checked(ctx.call.query, LIST)
    rows = [each for each in ctx.hooks.webhooks.values() if given.get("status", "all") in ("all", each.status)]
    rows.sort(key=lambda each: each.id, reverse=given.get("order", "desc") == "desc")
    size = given.get("per_page", 10)
    first = 0 if given.get("offset") else (given.get("page", 1) - 1) * size
    ctx.headers.update({"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))})
    return ctx.show([shown(ctx, each) for each in rows[first : first + size]])


def get_webhook(ctx: Context, wanted: str) -> Response:
    return ctx.show(shown(ctx, _found(ctx, wanted, 404)))


def post_webhook(ctx: Context) -> Response:
    """The ping is sent before the answer leaves, and what comes of it says nothing, unless `pings_decide`."""
    body = _checked(ctx)
    if not body.get("topic"):
        raise _invalid("topic", "Webhook topic is required and must be valid.")
    if not body.get("delivery_url"):
        raise _invalid("delivery_url", "Webhook delivery URL must be a valid URL starting with http:// or https://.")
    now = ctx.shop.now()
    name = str(body.get("name") or f"Webhook created on {now:%b %d, %Y}")
    made = Webhook(next(ctx.hooks.numbers), name, "", "", secrets.token_hex(), now, now)
    _save(made, body)
    ctx.hooks.webhooks[made.id] = made
    wrong = ctx.hooks.ping(made)
    if wrong and ctx.hooks.pings_decide:
        del ctx.hooks.webhooks[made.id]
        raise ApiError("woocommerce_rest_cannot_create", wrong, 400)
    location = f"{ctx.shop.url}/wp-json/wc/v3/webhooks/{made.id}"
    return ctx.show(shown(ctx, made), 201, Location=location)


def put_webhook(ctx: Context, wanted: str) -> Response:
    """Pings where the address is new, or where none was answered yet. The failures are counted on."""
    body, found = _checked(ctx), _found(ctx, wanted, 400)
    is_new = body.get("delivery_url", found.delivery_url) != found.delivery_url
    found.status = body.get("status", found.status)
    found.name = body.get("name") or found.name
    found.modified = ctx.shop.now()
    _save(found, body)
    if found.status == "active" and (is_new or found.is_pending):
        ctx.hooks.ping(found)
    return ctx.show(shown(ctx, found))


def delete_webhook(ctx: Context, wanted: str) -> Response:
    if ctx.call.query.get("force") not in {"true", "1"}:
        raise ApiError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
    found = _found(ctx, wanted, 404)
    del ctx.hooks.webhooks[found.id]
    return ctx.show(shown(ctx, found))


def _found(ctx: Context, wanted: str, status: int) -> Webhook:
    found: Webhook | None = ctx.hooks.webhooks.get(int(wanted))
    if found is None:
        raise ApiError("woocommerce_rest_shop_webhook_invalid_id", "ID is invalid.", status)
    return found


def _checked(ctx: Context) -> dict[str, Any]:
    body = ctx.body()
    what, _, event = str(body.get("topic") or "order.created").lower().partition(".")
    if what not in RESOURCES or event not in EVENTS:
        raise _invalid("topic", "Webhook topic is required and must be valid.")
    if not str(body.get("delivery_url") or "https://").startswith(("http://", "https://")):
        raise _invalid("delivery_url", "Webhook delivery URL must be a valid URL starting with http:// or https://.")
    return body | params.checked(body, WRITE)


def _invalid(what: str, text: str) -> ApiError:
    return ApiError(f"woocommerce_rest_shop_webhook_invalid_{what}", text, 400)


def _save(webhook: Webhook, body: dict[str, Any]) -> None:
    webhook.topic = str(body.get("topic") or webhook.topic).lower()
    webhook.delivery_url = str(body.get("delivery_url") or webhook.delivery_url)
    webhook.secret = str(body.get("secret") or webhook.secret)


def shown(ctx: Context, webhook: Webhook) -> dict[str, Any]:
    """Never its secret."""
    base = f"{ctx.shop.url}/wp-json/wc/v3/webhooks"
    return {
        "id": webhook.id,
        "name": webhook.name,
        "status": webhook.status,
        "topic": webhook.topic,
        "resource": webhook.resource,
        "event": webhook.event,
        "hooks": [f"woocommerce_{webhook.event}_{webhook.resource}"],
        "delivery_url": webhook.delivery_url,
        "date_created": local(ctx.shop, webhook.created),
        "date_created_gmt": gmt(webhook.created),
        "date_modified": local(ctx.shop, webhook.modified),
        "date_modified_gmt": gmt(webhook.modified),
        "_links": {"self": [{"href": f"{base}/{webhook.id}"}], "collection": [{"href": base}]},
    }
