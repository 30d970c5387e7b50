"""`webhooks`: what a store is to deliver by itself, so that a sale lowers the other shops within seconds."""

from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.begin import known_store, opened
from bridge.cli.failing import NEEDS_A_PERSON, finish
from bridge.cli.options import Config, Json, Store
from bridge.cli.steer import who
from bridge.errors import ConfigError
from bridge.ops import webhooks as ops
from bridge.ops import words
from bridge.sync.context import SyncContext

Register = Annotated[bool, typer.Option("--register", help="Have the store deliver to this server, and keep it so.")]
List = Annotated[bool, typer.Option("--list", help="Show what the store has; the same as no option.")]
Remove = Annotated[bool, typer.Option("--remove", help="Have the store deliver nothing any more.")]


def webhooks(
    store: Store, register: Register = False, listed: List = False, remove: Remove = False, config: Config = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Have a store tell what moves there.

    Lists the webhooks that the store has for this server; --register has it deliver to `public_url` of [web], and
    what it drops or disables later is put back. A webhook only says that there is something to read: while none comes,
    the store is polled as ever.

    Exit codes: 0 all that was registered is there, 1 it is not, or the store refuses, 2 nothing can be registered, as
    without `public_url`, 75 the store or Redis does not answer.
    """
    if register + listed + remove > 1:
        raise ConfigError("Only one of --register, --list and --remove can be done at a time.")
    with opened(config) as context:
        told = _done(context, known_store(context, store), register=register, remove=remove)
    if as_json:
        table.print_json({"stores": {store: told}})
    else:
        _print(store, told)
    finish(NEEDS_A_PERSON if told["missing"] else 0)


def _done(context: SyncContext, store: str, *, register: bool, remove: bool) -> dict[str, Any]:
    if register:
        return ops.register(context, store, who())
    return ops.remove(context, store, who()) if remove else ops.listed(context, store)


def _print(store: str, told: dict[str, Any]) -> None:
    shown = [[x["topic"], "yes" if x["active"] else f"no: {x['why'] or 'disabled'}", x["address"]]
             for x in told["webhooks"]]  # fmt: skip
    table.show(("topic", "active", "delivers to"), shown)
    if "removed" in told:
        table.line(f"{store}: {told['removed']} removed; the store is polled, as before.")
    elif told["address"] is None:
        table.line(f"{store}: none is registered; `stockbridge webhooks {store} --register` does it.")
    elif told["missing"]:
        what = f"{', '.join(told['missing'])} {'is' if len(told['missing']) == 1 else 'are'} not delivered"
        table.line(f"{store}: {what}; `stockbridge webhooks {store} --register` puts it back.")
    else:
        since = f"since {words.readable_time(told['since'])}, by {told['by']}"
        table.line(f"{store}: {told['active']} topics are delivered to {told['address']}, {since}.")
