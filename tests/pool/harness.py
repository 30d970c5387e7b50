"""What must hold of several shops on one warehouse."""

from collections.abc import Mapping

from tests.harness.installation import Installation


def stocked(harness: Installation, units: Mapping[str, int]) -> Installation:
    """The same stage, in order: so many of each in the warehouse and in every shop."""
    for sku, count in units.items():
        harness.add(sku, count)
    assert harness.cycle().code == 0
    return harness


def keep(harness: Installation, sku: str, most: int) -> dict[str, int]:
    """One cycle that keeps the promise → what the shops offer: nowhere more than `most`, in no write and after it."""
    harness.forget_offers()
    done = harness.cycle()
    assert not any(report.error for report in done.stores.values()), done
    assert harness.highest(sku) <= most
    shown = harness.shows(sku)
    assert max(shown.values()) <= most, shown
    return shown


def has_ended(harness: Installation, sku: str, units: int) -> None:
    """Right now in every shop, and it stays so: also after hours, and after everything was read anew."""
    everywhere = dict.fromkeys(harness.stores, units)
    assert [keep(harness, sku, units) for _ in range(2)] == [everywhere] * 2
    harness.later(hours=3)
    assert keep(harness, sku, units) == everywhere
    harness.later(hours=25)
    harness.cycle()
    assert keep(harness, sku, units) == everywhere


def lose_everything(harness: Installation) -> None:
    """Redis is lost; the next commands find the shops as they are."""
    harness.db.flushdb()
    harness.context = harness.build()


def come_to_rest(harness: Installation) -> None:
    """Long enough for a start's second reading, for lists and orders asked once more."""
    for _ in range(4):
        harness.later(minutes=40)
        harness.cycle()


def refs_of(harness: Installation, store: str) -> list[str]:
    return [x.ref for x in harness.state.every_listing(store)]
