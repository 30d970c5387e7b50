"""What `check` finds that one store alone does not show."""

from typing import Any


def test_one_shop_under_two_names_is_told(desk: Any) -> None:
    desk.add("A", 5)
    outlet, table = desk.another_shop("outlet")
    desk.configure(table)
    assert "one shop" not in desk("check").everything
    outlet.id = desk.shop.id
    said = desk("check")
    assert said.code == 1
    assert "stores.main and stores.outlet are one shop" in " ".join(said.everything.split())
