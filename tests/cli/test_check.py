"""What `check` finds that one store alone does not show."""

from .conftest import CommandLine


def test_one_shop_under_two_names_is_told(cli: CommandLine) -> None:
    cli.add("A", 5)
    outlet, first = cli.another_shop("outlet"), cli.main.address
    cli.configure(cli.table(outlet))
    assert "one shop" not in cli("check").everything
    cli.stack.enter_context(cli.main.listen())
    cli.main.address, outlet.address = first, cli.main.address
    cli.configure(cli.table(outlet))
    said = cli("check")
    assert said.code == 1
    assert "stores.main and stores.outlet are one shop" in " ".join(said.everything.split())
