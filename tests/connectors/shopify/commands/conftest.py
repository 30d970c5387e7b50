"""The commands as in tests/cli, with a Shopify shop on a real port."""

import pytest

from connectors.shopify.sandbox.local import LocalStore
from tests.cli.conftest import CommandLine, cli, fresh, synced

__all__ = ["cli", "fresh", "synced"]


@pytest.fixture
def platform() -> type[LocalStore]:
    return LocalStore


@pytest.fixture
def main(cli: CommandLine) -> LocalStore:
    """The shop of the configuration."""
    assert isinstance(cli.main, LocalStore)
    return cli.main
