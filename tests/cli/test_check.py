"""What `check` finds that one store alone does not show."""

from typing import Any


def test_one_shop_under_two_names_is_told(cli: Any) -> None:
    cli.add("A", 5)
    outlet, table = cli.another_shop("outlet")
    cli.configure(table)
    assert "one shop" not in cli("check").everything
    outlet.id = cli.shop.id
    said = cli("check")
    assert said.code == 1
    assert "stores.main and stores.outlet are one shop" in " ".join(said.everything.split())
