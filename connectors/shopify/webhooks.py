"""The subscriptions by which Shopify tells what moves. Ours are known by their names, which begin with "stockbridge-".

Apps see their own subscriptions only; what a person made in the admin is signed with another key and shown to nobody.
Those made here are deleted by Shopify after eight deliveries that failed in a row. The version of what is delivered is
the app's. https://shopify.dev/docs/api/admin-graphql/latest/objects/WebhookSubscription
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.base import OperatorStoreError, RetryableStoreError, Sender
from connectors.foreign_text import one_line
from connectors.shopify.client import ShopifyClient
from connectors.shopify.pages import Reader, root
from connectors.shopify.queries import Document
from connectors.shopify.shapes import object_of, text_of, user_errors
from connectors.skills import Subscription
from connectors.webhooks import changes_of, delivery_address

# What is sent of a thing: no names, no addresses. `updated_at` has to stay, for Shopify drops a delivery whose body is
# that of the one before. A thing that is gone has nothing but its id.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "orders/create": ("id", "name", "updated_at", "fulfillment_status", "cancelled_at"),
    "orders/updated": ("id", "name", "updated_at", "fulfillment_status", "cancelled_at"),
    "orders/cancelled": ("id", "name", "updated_at", "fulfillment_status", "cancelled_at"),
    "inventory_levels/update": ("inventory_item_id", "location_id", "available", "updated_at"),
    "inventory_items/create": ("id", "sku", "tracked", "updated_at"),
    "inventory_items/update": ("id", "sku", "tracked", "updated_at"),
    "inventory_items/delete": ("id",),
    "products/delete": ("id",),
    "app/uninstalled": ("id", "myshopify_domain", "updated_at"),
}
"""Not products/create and products/update: these are told with every sale and every number that is written, ours too,
and nothing in them is read that inventory_items/* does not tell with each SKU that is made, changed or deleted."""
TOPICS = tuple(FIELDS)
PREFIX = "stockbridge-"
OURS = re.compile(rf"{PREFIX}[A-Za-z0-9_-]+")

_SHOWN = "id name topic uri"
LIST = Document(
    "Webhooks",
    f"""query Webhooks($first: Int!, $after: String) {{
  webhookSubscriptions(first: $first, after: $after, sortKey: ID) {{
    nodes {{ {_SHOWN} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}""",
)
CREATE = Document(
    "WebhookCreate",
    f"""mutation WebhookCreate($topic: WebhookSubscriptionTopic!, $webhook: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhook) {{
    webhookSubscription {{ {_SHOWN} }}
    userErrors {{ field message }}
  }}
}}""",
)
UPDATE = Document(
    "WebhookUpdate",
    f"""mutation WebhookUpdate($id: ID!, $webhook: WebhookSubscriptionInput!) {{
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhook) {{
    webhookSubscription {{ {_SHOWN} }}
    userErrors {{ field message }}
  }}
}}""",
)
DELETE = Document(
    "WebhookDelete",
    """mutation WebhookDelete($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}""",
)

NO_KEY = (
    "signs webhooks with a key that is not known here; set `webhook_secret` to the API secret key of the app, or give "
    "client_id and client_secret"
)
REMEDY = "see which scopes and which access to orders the app needs (connectors/shopify/README.md, Webhooks)"


class Webhooks:
    """The subscriptions of one shop. is_verifiable: whether deliveries can be known by their signature."""

    def __init__(self, reader: Reader, client: ShopifyClient, *, send: Sender, what: str, is_verifiable: bool) -> None:
        self._reader, self._client, self._send = reader, client, send
        self._what, self._is_verifiable = what, is_verifiable

    def ours(self) -> list[Subscription]:
        return [each for name, each in self._all() if OURS.fullmatch(name)]

    def register(self, address: str) -> list[Subscription]:
        """Those of ours, once each topic is delivered to the address. Raises StoreError."""
        if not self._is_verifiable:
            raise OperatorStoreError(f"{self._what} {NO_KEY}.")
        delivery_address(address, self._what)
        found = self._ours_or_at(address)
        changes = changes_of(found, TOPICS, address)
        refusals = [self._do(DELETE, each.topic, id=each.id) for each in changes.remove]
        for each in changes.mend:
            refusals.append(self._do(UPDATE, each.topic, id=each.id, webhook=wanted(each.topic, address)))
        for topic in changes.create:
            refusals.append(self._do(CREATE, topic, topic=enum_of(topic), webhook=wanted(topic, address)))
        after = self._ours_or_at(address) if changes else found
        if any(refusals) and changes_of(after, TOPICS, address):  # else an earlier try, whose answer was lost, did it
            raise OperatorStoreError(f"{self._what} {next(filter(None, refusals))}; {REMEDY}.")
        return after

    def remove(self) -> int:
        ours = self.ours()
        refusals = list(filter(None, (self._do(DELETE, each.topic, id=each.id) for each in ours)))
        if refusals and self.ours():
            raise OperatorStoreError(f"{self._what} {refusals[0]}; remove it with the key that made it.")
        return len(ours)

    def _all(self) -> Iterator[tuple[str, Subscription]]:
        """Every subscription of the app, by its name."""
        for row in self._reader.pages(LIST, {}, root("webhookSubscriptions")):
            found = object_of(row)
            topic = "/".join(text_of(found.get("topic")).lower().rsplit("_", 1))
            subscription = Subscription(text_of(found.get("id")), topic, text_of(found.get("uri")))
            yield text_of(found.get("name")), subscription

    def _ours_or_at(self, address: str) -> list[Subscription]:
        """Also one of another name that delivers a topic of ours to the address: a second of the kind is refused. Named
        as ours are, it rests until then."""
        found = []
        for name, each in self._all():
            if OURS.fullmatch(name):
                found.append(each)
            elif each.topic in TOPICS and each.address == address:
                found.append(Subscription(each.id, each.topic, each.address, is_active=False, why="it has no name"))
        return found

    def _do(self, document: Document, about: str, **variables: Any) -> str:
        """One change → what Shopify refuses of it, or ""."""

        def request() -> Sequence[Any]:
            data = object_of(self._client.execute(document, variables))
            errors = user_errors(next(iter(data.values()), None))
            if errors is None:
                raise RetryableStoreError(f"{self._what} did not say what became of a webhook; it will be asked again.")
            return errors

        said = [text_of(object_of(error).get("message")) for error in self._send(request)]
        return one_line(f"refuses the webhook {about}: {'; '.join(said)}".rstrip(".")) if said else ""


def enum_of(topic: str) -> str:
    """A topic as the schema spells it."""
    return topic.upper().replace("/", "_")


def wanted(topic: str, address: str) -> dict[str, Any]:
    """What is asked for of a subscription."""
    return {"uri": address, "name": f"{PREFIX}{topic.replace('/', '-')}", "includeFields": list(FIELDS[topic])}
