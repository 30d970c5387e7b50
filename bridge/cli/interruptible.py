"""What Ctrl-C means for a command that works on real edges: no request is begun after it, and no lease stays behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from bridge.cli import interrupt
from bridge.core.schedule import RateStatus
from bridge.state.connect import connect
from bridge.state.lease import CATALOGUE, CHANGES, give_back
from bridge.sync.context import SyncContext
from connectors.base import Sender, StoreConnector
from connectors.values import replace

if TYPE_CHECKING:
    from bridge.threeplguys.client import SourceClient

T = TypeVar("T")


@contextmanager
def holding(url: str, stores: tuple[str, ...]) -> Iterator[None]:
    """A block that may take leases on this Redis: a sudden end gives them back."""

    def let_go() -> None:
        with suppress(Exception), connect(url) as db:  # whatever happens, they run out
            give_back(db, ("source", "grant", CATALOGUE, CHANGES, *(f"store:{store}" for store in stores)))

    with interrupt.giving_back(let_go):
        yield


def interruptible(context: SyncContext) -> SyncContext:
    """The same shell, whose waits end and whose requests are not begun once the command is interrupted."""

    def open_source(send: Sender, observe: Callable[[RateStatus], None]) -> "SourceClient":
        return context.open_source(_Checked(send), observe)

    def open_store(store: str, send: Sender) -> StoreConnector:
        return context.open_store(store, _Checked(send))

    return replace(context, wait=interrupt.wait, open_source=open_source, open_store=open_store)


class _Checked:
    """A Sender that begins no request after an interrupt."""

    def __init__(self, send: Sender) -> None:
        self._send = send

    def __call__(self, request: Callable[[], T]) -> T:
        def checked() -> T:
            interrupt.wait(0)
            return request()

        return self._send(checked)
