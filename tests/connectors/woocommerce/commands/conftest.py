"""The commands as in tests/cli, with a WooCommerce shop on a real port."""

import pytest

from connectors.woocommerce.sandbox.local import LocalStore
from tests.cli.conftest import cli, fresh, synced

__all__ = ["cli", "fresh", "synced"]


@pytest.fixture
def platform() -> type[LocalStore]:
    return LocalStore
