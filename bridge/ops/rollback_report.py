"""A rollback as JSON: what would be put back, what stays and why, and what became of it."""

from collections.abc import Sequence
from typing import Any

from bridge.core.undo import for_sale, warning
from bridge.ops import words
from bridge.ops.rollback import Past, Undo


def rows_back(past: Past, x: Undo) -> list[dict[str, Any]]:
    """What is put back in one store, in the order in which people look for it."""
    names = {write.stock_key: write.sku for write in past.writes.get(x.store, ())}
    return [
        {"sku": names[d.stock_key], "ref": d.stock_key.ref, "location": d.stock_key.location,
         "shown": d.shown, "quantity": d.quantity,
         "shows": for_sale(d)[0], "would_show": for_sale(d)[1], "warning": warning(d)}
        for d in sorted(x.back, key=lambda d: (names[d.stock_key], d.stock_key))
    ]  # fmt: skip


def report(past: Past, seen: Sequence[Undo], done: Sequence[Undo], *, dry: bool) -> dict[str, Any]:
    """seen: of the preview. done: of what was put back, as far as it is."""
    ran = {x.store: x for x in done if x.run}
    stores = {
        x.store: {
            "back": rows_back(past, x),
            "kept": [
                {"sku": k.write.sku, "ref": k.write.stock_key.ref, "location": k.write.stock_key.location,
                 "from": k.write.before, "to": k.write.after, "why": k.why}
                for k in x.kept
            ],
            "forgotten": past.forgotten.get(x.store, 0),
            "guard": x.guard,
            "error": x.report.error,
            "run": ran[x.store].run if x.store in ran else None,
            "result": ran[x.store].report.as_dict() if x.store in ran else None,
        }
        for x in seen
    }  # fmt: skip
    return {"undoes": past.run, "at": words.iso(past.at), "dry_run": dry, "stores": stores}
