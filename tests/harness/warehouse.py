"""The warehouse of 3PLGuys in this process: its sandbox, its table of the configuration and the client for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from bridge.threeplguys import sandbox as threepl
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.tokens import Tokens
from connectors.testing.local import NOWHERE

TOKEN = "3pl_test-token"
RIGHTS = frozenset({"inventory"})


class LocalWarehouse:
    """world: what it holds, and what its people do. sandbox: how it answers.

    places: warehouse id → name. token: what it accepts, else the one of `section`.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] | None = None,
        places: Mapping[str, str] | None = None,
        *,
        token: str = TOKEN,
    ) -> None:
        self.world = threepl.Warehouse(clock=clock, warehouses=places)
        self.sandbox = threepl.Sandbox(self.world, tokens={token: RIGHTS})

    def section(self, lines: str = "", url: str = NOWHERE, token: str = TOKEN) -> str:
        """Its table of the configuration. lines: further ones of it."""
        return f'[source]\nbase_url = "{url}"\ntoken = "{token}"\n{lines}\n'

    def open(
        self, send: Any, observe: Any, transport: httpx.BaseTransport | None = None, tokens: Tokens | None = None
    ) -> SourceClient:
        """What SyncContext.open_source is. transport: how its requests travel, else straight to the sandbox. tokens:
        else the one of `section`."""
        http = httpx.Client(transport=transport or self.sandbox.transport())
        return SourceClient(NOWHERE, tokens or SecretStr(TOKEN), http=http, observe=observe, send=send)
