"""A grant in a real Redis, the sandbox that gave it, and processes that share both."""

from contextlib import ExitStack
from datetime import UTC, datetime

import httpx

from bridge.state.connect import connect
from bridge.state.store import State
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.granted import GrantedTokens
from bridge.threeplguys.sandbox import Sandbox, Warehouse
from connectors.base import Sender, send_once
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE
from tests.harness.grants import LOGIN, TOKEN_PATH, code_from, tokens_on

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Grants:
    """sandbox: one product of 7 units. stack: what ends with the test."""

    def __init__(self, redis_url: str, stack: ExitStack) -> None:
        self.clock = ManualClock(NOON)
        self.sandbox = Sandbox(Warehouse(clock=self.clock), tokens={"3pl_none": frozenset()})
        self.sandbox.world.add("SKU-1", 7)
        self.url, self.stack = redis_url, stack

    def tokens(self) -> GrantedTokens:
        """What another process has."""
        state = State(connect(self.url), ("main",))
        self.stack.callback(state.close)
        return tokens_on(state, self.clock, self.sandbox.transport())

    def client(self, tokens: GrantedTokens, send: Sender = send_once) -> SourceClient:
        http = self.stack.enter_context(httpx.Client(transport=self.sandbox.transport()))
        return SourceClient(NOWHERE, tokens, http=http, send=send)

    def code(self) -> str:
        """What a person is sent back with."""
        return code_from(self.sandbox.transport())

    def log_in(self) -> GrantedTokens:
        """A process in which a person has just logged in."""
        tokens = self.tokens()
        tokens.accept(self.code(), LOGIN)
        self.sandbox.calls.clear()
        return tokens

    @property
    def refreshes(self) -> int:
        """How often the token address was asked since the login."""
        return self.sandbox.calls[TOKEN_PATH]
