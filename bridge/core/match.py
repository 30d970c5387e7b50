"""Which source SKUs a listing is made of: overrides, bundles, exact or loose names."""

from collections.abc import Iterable, Mapping, Sequence

from bridge.core.model import Skip, StoreRules
from bridge.core.sku import Match, carton_of, normalized_sku

Catalogue = Mapping[str, Sequence[str]]
"""Comparable form → source SKUs of that form."""


def parts_of(store_sku: str, rules: StoreRules) -> Mapping[str, int]:
    """The source SKUs that one unit of a listing takes, before they are looked up: {SKU: pieces}."""
    return (rules.parts and rules.parts.get(rules.normalized(store_sku))) or {store_sku: 1}


def _is_name(store_sku: str) -> bool:
    """Whether a store can mean anything by it: a carton type is only sold under the name that the merchant gave it."""
    return bool(store_sku) and carton_of(store_sku) is None


def names_of(sku: str, rules: StoreRules) -> tuple[str, ...]:
    """Every store SKU, in comparable form, whose listing may take pieces of a source SKU."""
    own = rules.normalized(sku)
    others = rules.sold_as.get(own)
    return (own,) if others is None else tuple(dict.fromkeys((own, *others)))


def find(sku: str, match: Match, catalogue: Catalogue) -> str | Skip:
    """The one source SKU that a name means.

    An exactly equal SKU wins over looser matches, so turning `loose` on never re-points a listing."""
    found = catalogue.get(sku if match == "exact" else normalized_sku(sku, match), ())
    if sku in found:
        return sku
    if len(found) == 1:
        return found[0]
    return Skip.AMBIGUOUS_MATCH if found else Skip.UNMAPPED


def with_skus(catalogue: Catalogue, skus: Iterable[str], rules: StoreRules) -> Catalogue:
    """A catalogue that knows these SKUs besides: what a listing means of them must not rest on which others are asked
    for with them."""
    if not catalogue and rules.match == "exact":
        return {sku: (sku,) for sku in skus}
    found = dict(catalogue)
    for sku in skus:
        others = found.get(rules.normalized(sku), ())
        found[rules.normalized(sku)] = others if sku in others else (*others, sku)
    return found


def resolve(store_sku: str, rules: StoreRules, catalogue: Catalogue) -> Mapping[str, int] | Skip:
    """The parts of a listing as real source SKUs, or why there are none."""
    if not _is_name(store_sku):
        return Skip.NO_SKU
    found, why = _look_up(store_sku, rules, catalogue)
    return why or found


def known_parts(store_sku: str, rules: StoreRules, catalogue: Catalogue) -> Mapping[str, int]:
    """The pieces that one unit of a listing takes of the source SKUs in a catalogue. Whoever has ordered a bundle takes
    what is known of it, although the bundle itself cannot be offered before all of it is; and of each that a name may
    mean, for nobody knows which of them leaves."""
    return _look_up(store_sku, rules, catalogue)[0] if _is_name(store_sku) else {}


def _look_up(store_sku: str, rules: StoreRules, catalogue: Catalogue) -> tuple[Mapping[str, int], Skip | None]:
    """The parts that are known, or may be meant, and why one is not."""
    found: dict[str, int] = {}  # `dict[str, int]()` takes as long as all the rest
    why: Skip | None = None
    for name, pieces in parts_of(store_sku, rules).items():
        sku = find(name, rules.match, catalogue)
        if isinstance(sku, Skip):
            why = why or sku
            for each in catalogue.get(rules.normalized(name), ()):  # more than one
                found[each] = found.get(each, 0) + pieces
        else:
            found[sku] = found.get(sku, 0) + pieces
    return found, why
