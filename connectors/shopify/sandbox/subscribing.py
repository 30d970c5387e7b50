"""The mutations by which an app subscribes to webhooks.

What the schema cannot say: https only (here also plain http on this machine, or nothing could be tried), a topic and an
address once per app, a name once per shop, and the scope of what a topic tells.
https://shopify.dev/changelog/webhook-subscriptions-now-support-a-name-field-for-identification
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.address import is_loopback
from connectors.shopify.sandbox.context import Context, Resolver
from connectors.shopify.sandbox.hooks import Subscribed
from connectors.shopify.sandbox.listing import listing
from connectors.shopify.sandbox.paging import Page

NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
SCOPES = {
    "orders": ("read_orders",),
    "inventory_levels": ("read_inventory",),
    "inventory_items": ("read_inventory", "read_products"),
    "products": ("read_products",),
}

Args = Mapping[str, Any]
Payload = dict[str, Any]


def subscriptions(_: Any, ctx: Context, args: Args) -> Page:
    """Of the app that asks, and of no other."""
    topics = args.get("topics")
    rows = [each for each in ctx.hooks.subscriptions.values() if each.app is ctx.app]
    rows = [each for each in rows if topics is None or each.topic in topics]
    return listing(ctx, args, [each for each in rows if args.get("uri") in (None, each.uri)])


def create(_: Any, ctx: Context, args: Args) -> Payload:
    given, now = args["webhookSubscription"], ctx.shop.now()
    new = Subscribed(ctx.shop.gid("WebhookSubscription"), ctx.app, args["topic"], "", None, [], now, now)
    return _saved(ctx, new, given)


def update(_: Any, ctx: Context, args: Args) -> Payload:
    found = _found(ctx, args["id"])
    return _saved(ctx, found, args["webhookSubscription"]) if found else _refused("Webhook subscription does not exist")


def delete(_: Any, ctx: Context, args: Args) -> Payload:
    found = _found(ctx, args["id"])
    if found is None:
        errors = _refused("Webhook subscription does not exist")["userErrors"]
        return {"deletedWebhookSubscriptionId": None, "userErrors": errors}
    del ctx.hooks.subscriptions[found.id]
    return {"deletedWebhookSubscriptionId": found.id, "userErrors": []}


def _found(ctx: Context, gid: str) -> Subscribed | None:
    found: Subscribed | None = ctx.hooks.subscriptions.get(gid)
    return found if found is not None and found.app is ctx.app else None


def _saved(ctx: Context, subscribed: Subscribed, given: Args) -> Payload:
    errors = list(_errors(ctx, subscribed, given))
    if errors:
        return {"webhookSubscription": None, "userErrors": errors}
    subscribed.uri = given.get("uri") or given.get("callbackUrl") or subscribed.uri
    subscribed.name = given.get("name", subscribed.name)
    subscribed.include_fields = list(given.get("includeFields") or subscribed.include_fields)
    subscribed.updated_at = ctx.shop.now()
    ctx.hooks.subscriptions[subscribed.id] = subscribed
    return {"webhookSubscription": subscribed, "userErrors": []}


def _errors(ctx: Context, subscribed: Subscribed, given: Args) -> Iterator[Payload]:
    scopes = SCOPES.get(subscribed.spelled.partition("/")[0], ())
    if scopes and not any(ctx.app.may(scope) for scope in scopes):
        text = f"You do not have permission to create or update webhooks with {subscribed.spelled} topic. "
        yield _error(f"{text}This topic contains protected customer data.", "topic")
    uri = given.get("uri") or given.get("callbackUrl") or subscribed.uri
    parts = urlsplit(uri)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        yield _error("Address is invalid", "uri")
    elif parts.scheme == "http" and not is_loopback(parts.hostname):
        yield _error("Address protocol http:// is not supported", "uri")
    others = [each for each in ctx.hooks.subscriptions.values() if each is not subscribed]
    if any(each.app is ctx.app and (each.topic, each.uri) == (subscribed.topic, uri) for each in others):
        yield _error("Address for this topic has already been taken", "uri")
    name = given.get("name")
    if name is not None and not NAME.fullmatch(name):
        yield _error("Name is invalid", "name")
    elif name is not None and any(each.name == name for each in others):
        yield _error("Name has already been taken", "name")


def _error(message: str, key: str) -> Payload:
    return {"field": ["webhookSubscription", key], "message": message}


def _refused(message: str) -> Payload:
    return {"webhookSubscription": None, "userErrors": [{"field": ["id"], "message": message}]}


QUERIES: dict[str, Resolver] = {
    "webhookSubscriptions": subscriptions,
    "webhookSubscription": lambda _, ctx, args: _found(ctx, args["id"]),
}
MUTATIONS: dict[str, Resolver] = {
    "webhookSubscriptionCreate": create,
    "webhookSubscriptionUpdate": update,
    "webhookSubscriptionDelete": delete,
}
