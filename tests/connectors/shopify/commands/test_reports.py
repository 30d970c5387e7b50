"""What `check` and `status` say of a Shopify shop alone."""

from datetime import timedelta

from connectors.shopify.sandbox.local import LocalStore
from tests.cli.conftest import CommandLine, Synced


def test_status_and_check_say_where_edits_are_seen_late(synced: Synced, main: LocalStore) -> None:
    cli = synced({"A": 5})
    main.shop.level_filter = "ignored"
    main.shop.level("A").updated_at -= timedelta(days=1)
    assert cli("sync").code == 0
    assert cli("status").code == 0, "told, and it colours nothing"
    assert "does not heed the search for changed stock" in " ".join(cli("status").out.split())
    assert "does not heed the search for changed stock" in " ".join(cli("check").out.split())


def test_check_names_the_location_and_the_oldest_open_order(cli: CommandLine, main: LocalStore) -> None:
    cli.add("A", 50)
    order = main.sell("A", 2)
    store = cli("check", "--json").json["stores"]["main"]
    assert store["open_orders"] == [{"age": "under a day", "orders": 1, "units": 2, "oldest": [order.name]}]
    assert [each["name"] for each in store["locations"]] == ["Warehouse"]
