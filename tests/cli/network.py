"""Trouble between the bridge and those it asks: what becomes of a cycle, and what the commands say, whatever it is."""

from collections.abc import Callable
from typing import Any

from bridge.state import keys
from tests.harness.ports import kept_port
from tests.harness.served import TOKEN

from .conftest import CommandLine, Output

Harm = Callable[[CommandLine], object]


def shop_fault(kind: str, **facts: Any) -> Harm:
    """Every answer of the shop, from now on."""
    return lambda cli: cli.main.sandbox.faults.add(kind, times=-1, **facts)


def wrong_key(cli: CommandLine) -> None:
    """What the environment holds is no key of the shop."""
    cli.monkeypatch.setenv([*cli.secrets][-1], "another-key")


def shop_elsewhere(cli: CommandLine) -> None:
    cli.main.address = f"http://127.0.0.1:{kept_port(cli.stack)}"  # nobody listens there
    cli.configure()


def mend(cli: CommandLine) -> None:
    """Everything works again."""
    cli.source.faults.clear()
    cli.main.restore()
    cli.source.switches.rate_limit, cli.source.switches.clamp = 1_000, True
    cli.source.tokens[TOKEN] = frozenset({"inventory"})
    for name, secret in cli.secrets.items():
        cli.monkeypatch.setenv(name, secret)
    cli.redis.hdel(keys.SOURCE, "budget")  # the hour of a used-up budget is over


def is_clean(cli: CommandLine, said: Output) -> None:
    """No traceback, and no secret."""
    assert "Traceback" not in said.everything
    assert not [secret for secret in cli.secrets.values() if secret in said.everything]


def loses_nothing(synced: Callable[..., CommandLine], harm: Harm, code: int, words: str) -> None:
    """A cycle says why it does not do its work, and the next one does it."""
    cli = synced({"A": 5, "B": 7, "C": 9})
    source_url, address = cli.source_url, cli.main.address
    cli.warehouse.set_stock("A", 3)
    harm(cli)
    said = cli("sync", "--json")
    assert said.code == code, said
    assert words in str(said.json)
    is_clean(cli, said)
    assert words in cli("sync").err
    mend(cli)
    cli.source_url, cli.main.address = source_url, address
    cli.configure()
    assert cli("sync").code == 0
    assert [cli.main.shows(sku) for sku in "ABC"] == [3, 7, 9]


def is_told_alike(
    synced: Callable[..., CommandLine], harm: Harm, code: int, words: str, *, checks: bool = True
) -> None:
    """checks: whether `check` meets it too."""
    cli = synced({"A": 5})
    harm(cli)
    checked = cli("check")
    is_clean(cli, checked)
    if checks:
        assert checked.code == code, checked
        assert words in checked.err
    cli("sync")
    said = cli("status")
    assert said.code == code, said
    assert words in said.out
    is_clean(cli, said)
