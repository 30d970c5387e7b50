"""What tills reported, as rows for JSON."""

from typing import Any

from bridge.ops import words
from bridge.state import pack
from bridge.sync.context import SyncContext
from bridge.sync.tills import silent_codes


def till_states(context: SyncContext) -> dict[str, Any]:
    """Till → when each store code last reported, and products that its items file does not list."""
    found: dict[str, Any] = {}
    for name, till in context.settings.inbound.items():
        heard, silent = context.state.heard(name), silent_codes(context, name)
        found[name] = {
            "stores": {
                code: {"warehouse": w, "reported_at": words.iso(heard.get(code)), "silent": code in silent}
                for code, w in sorted(till.stores.items())
            },
            "unknown": context.state.count_unknown(name),
        }
    return found


def unknown_items(context: SyncContext) -> dict[str, list[dict[str, Any]]]:
    """Till → every product that it reported and its items file does not list, the latest first."""
    return {
        name: [
            {"store": code, "product": ref, "units": count.units, "reported_at": _at(count.began)}
            for code, ref, _, count in sorted(context.state.every_unknown(name), key=lambda x: -x[3].began)
        ]
        for name in context.settings.inbound
    }


def counted(context: SyncContext, sku: str) -> list[dict[str, Any]]:
    """What each till counts of a SKU, product by product."""
    found = []
    for name, till in context.settings.inbound.items():
        silent, (_, counts) = silent_codes(context, name), context.state.shelf_counts(name, [sku])[sku]
        found += [
            {"till": name, "store": code, "warehouse": till.stores[code], "product": ref, "units": count.units,
             "reported_at": _at(count.began), "silent": code in silent}
            for code in sorted(counts.keys() & till.stores.keys()) for ref, count in sorted(counts[code].items())
        ]  # fmt: skip
    return found


def _at(micros: int) -> str | None:
    return words.iso(pack.at(micros // 1000))
