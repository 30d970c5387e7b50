"""In some seeds the warehouse is read by an OAuth grant: its token ends every hour, whoever comes first refreshes it, a
merchant takes it back, Redis or a kill may lose it, and a person logs in again."""

from collections.abc import Callable
from random import Random

from bridge.state.store import State
from connectors.testing.http import in_memory
from tests.harness.grants import LOGIN, code_from, tokens_on

from .harness import SimHarness

SHARE = 0.25


class Grants:
    """acts: what merchants and people do with the grant; nothing, where the seed has a key. Dice of its own leave those
    of the others as they fall."""

    def __init__(self, harness: SimHarness, seed: int, *, odd: bool) -> None:
        self.harness = harness
        harness.is_granted = odd and Random(f"{seed} grant").random() < SHARE
        every = (self.expire, self.revoke, self.log_in)
        self.acts: tuple[Callable[[], str | None], ...] = every if harness.is_granted else ()
        if self.acts:
            self.log_in()

    def expire(self) -> str:
        self.harness.source.oauth.expire()
        return "the access token ends"

    def revoke(self) -> str:
        self.harness.source.oauth.revoke()
        return "the merchant takes the grant back"

    def log_in(self) -> str:
        """Beside whatever the processes do, which hear of it when they look."""
        transport = in_memory(self.harness.source.oauth.answer)  # past whatever goes wrong on the wire
        state = State(self.harness.db, tuple(self.harness.stores))
        tokens_on(state, self.harness.watches["bridge"], transport).accept(code_from(transport), LOGIN)
        return "a person logs in"

    def end(self) -> None:
        if self.acts:
            self.log_in()
