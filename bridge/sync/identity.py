"""One shop in two tables would have each of its orders counted twice. Where the configuration shows it, it is refused
there; what only the network shows is found here: a shop says once a day who it is, and every session compares."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256

from bridge.config import Settings
from bridge.config.source import SourceSettings
from bridge.state import keys, pack
from bridge.state.change import Change
from bridge.state.lease import Lease
from bridge.state.merchant import TOKEN, Sign
from bridge.sync.context import SyncContext
from connectors.base import OperatorStoreError, RetryableStoreError, StoreConnector
from connectors.skills import IdentifiesShop, NamesShop

ASKED_EVERY = timedelta(days=1)


def signs_of(settings: Settings) -> frozenset[Sign]:
    """What tells one merchant from another, offline. The address that all merchants share tells nothing."""
    source = settings.source
    token = sha256(source.credential.get_secret_value().encode()).hexdigest()[:8]  # too short to find the token by
    signs = {(TOKEN, token)}
    if source.base_url != SourceSettings.model_fields["base_url"].default:
        signs.add(("source", source.base_url))
    for chosen in settings.stores.values():
        if isinstance(chosen.options, NamesShop):
            signs.add(("store", f"{chosen.connector} {chosen.options.shop_identity()}"))
    return frozenset(signs)


def refuse_second_table(context: SyncContext, store: str, connector: StoreConnector, lease: Lease) -> None:
    """Raises OperatorStoreError where another table means the same shop."""
    if not isinstance(connector, IdentifiesShop) or len(context.stores) < 2:
        return
    now, named, shops = context.now(), _named(context, store), context.state.shops()
    note = shops.get(store) or {}
    if note.get("named") != named or now - pack.at(note["at"]) >= ASKED_EVERY:
        # whether the store answers at all, its reading will tell; it is asked again in the next session
        with suppress(RetryableStoreError):
            change, found = Change(), connector.shop_id()
            change.put(keys.SHOPS, store, pack.dumps({"named": named, "id": found, "at": pack.ms(now)}))
            context.state.commit(change, lease)
            shops = context.state.shops()  # after our own was written: the later of two sessions sees both
    ids = dict.fromkeys(context.stores, "")
    for name, said in shops.items():
        if name in ids and said.get("id") and said.get("named") == _named(context, name):
            ids[name] = f"{context.settings.stores[name].connector} {said['id']}"  # of the shop it names today
    if duplicates := same_shop(store, ids):
        raise OperatorStoreError(sentence(store, duplicates[0]))


def refuse_duplicates(context: SyncContext, store: str, shops: dict[str, str], found: str) -> None:
    """For `check`, which keeps nothing. shops: who was asked before, and is added to. Raises as above."""
    shops[store] = f"{context.settings.stores[store].connector} {found}" if found else ""
    if duplicates := same_shop(store, shops):
        raise OperatorStoreError(sentence(store, duplicates[0]))


def same_shop(store: str, ids: Mapping[str, str]) -> list[str]:
    """The other tables that mean the same shop. ids: table → the shop's own id, "" where it is not known. Pure."""
    return [name for name, found in sorted(ids.items()) if name != store and found and found == ids.get(store)]


def sentence(store: str, other: str) -> str:
    one, two = sorted((store, other))
    return (
        f"stores.{one} and stores.{two} are one shop under two names, so that every order would count twice: "
        "nothing is written to it until one of the two tables is removed."
    )


def _named(context: SyncContext, store: str) -> str:
    options = context.settings.stores[store].options
    return options.shop_identity() if isinstance(options, NamesShop) else ""
