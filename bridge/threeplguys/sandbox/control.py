"""/_control: driving the sandbox from another process. Outside /v0, without token or budget.

    POST /_control/add        {"sku", "units"?: int | {warehouse: int}, "name"?, "description"?}
    POST /_control/set_stock  {"product", "units", "warehouse"?}      also receive, forward
    POST /_control/delete     {"product"}                             also restore
    POST /_control/recreate   {"product", "units"?}
    POST /_control/rename     {"product", "name", "description"?}
    POST /_control/annotate   {"product", "text"}                     noted in its history, and told to no customer
    POST /_control/garble     {"product", FIELD: what its row says of it, …}
    POST /_control/spoil      {"product", "breaks"?}                  every page that holds its row fails
    POST /_control/add_carton {"product", "units", "dimensions"?, "weight"?, "name"?}
    POST /_control/set_cartons {"carton", "count", "warehouse"?}      also receive_, ship_, open_cartons
    POST /_control/rename_carton {"carton", "name"}    also delete_, restore_, annotate_, garble_, spoil_carton
    POST /_control/add_shipment {"units": {product: n}, "type"?, "status"?, "warehouse"?, "notes"?}
    POST /_control/move_shipment {"shipment", "status"}               received or forwarded: in stock
    POST /_control/fault      {"kind", "times"?, "skip"?, "after"?}
    POST /_control/switch     {any field of Switches: value}
    POST /_control/revoke     {}                                      the OAuth grant; expire: its access tokens alone
    POST /_control/clock      {"move": seconds} | {"freeze": ISO 8601}
    GET  /_control/state      → {"now", "products", "calls": {path: count}}
    GET  /_control/stock      → {SKU: {warehouse: units}} of the live products
    GET  /_control/cartons    → {carton: {warehouse: full cartons}} of the live types
    GET  /_control/struck     → {kind of fault: how often it struck}
    and what every sandbox knows: connectors.testing.control

`product` is an id or the SKU of a live product. Answers are JSON; a refusal is 400 with `error`.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from bridge.threeplguys.sandbox.carton_rows import carton_level_row
from bridge.threeplguys.sandbox.face import Sandbox
from bridge.threeplguys.sandbox.rows import Switches, level_row
from bridge.threeplguys.sandbox.things import Clock, Item, Order, RefusedError
from connectors.testing.control import Control, Given
from connectors.testing.http import Request, Response


class _Control(Control[Sandbox]):
    """One verb at a time, and none while a request is answered."""

    def answer(self, sandbox: Sandbox, request: Request) -> Response:
        with sandbox.lock:
            return super().answer(sandbox, request)


def _in_warehouse(verb: str) -> Callable[[Sandbox, Given], Any]:
    """What a method of the warehouse does; a product comes back as its row."""

    def run(sandbox: Sandbox, given: Given) -> Any:
        made = getattr(sandbox.world, verb)(**given)
        return level_row(made, sandbox.world, sandbox.switches) if isinstance(made, Item) else made

    return run


def _with_cartons(method: str) -> Callable[[Sandbox, Given], Any]:
    """What a method of the carton types does; a type comes back as its row of the breakdown."""

    def run(sandbox: Sandbox, given: Given) -> Any:
        return carton_level_row(getattr(sandbox.world.cartons, method)(**given), sandbox.world, sandbox.switches)

    return run


def _switch(sandbox: Sandbox, given: Given) -> None:
    known = {switch.name for switch in fields(Switches)}
    for name, value in given.items():
        if name not in known:
            raise RefusedError(f"No such switch: {name}")
        setattr(sandbox.switches, name, Order(value) if name == "order" else value)


def _clock(sandbox: Sandbox, given: Given) -> Given:
    clock = sandbox.world.clock
    if not isinstance(clock, Clock):
        raise RefusedError("This sandbox's clock is somebody else's")
    if "freeze" in given:
        clock.freeze(datetime.fromisoformat(given["freeze"]))
    clock.move(timedelta(seconds=given.get("move", 0)))
    return {"now": clock().isoformat()}


_WAREHOUSE = (
    "add", "set_stock", "receive", "forward", "delete", "restore", "recreate", "rename", "annotate", "garble", "spoil",
)  # fmt: skip
_CARTONS = {
    **{f"{method}_carton": method for method in ("add", "rename", "delete", "restore", "annotate", "garble", "spoil")},
    "set_cartons": "set_count",
    "receive_cartons": "receive",
    "ship_cartons": "ship",
    "open_cartons": "open",
}
CONTROL = _Control(
    {
        "state": lambda sandbox: {
            "now": sandbox.world.clock().isoformat(),
            "products": len(sandbox.world),
            "calls": dict(sandbox.calls),
        },
        "stock": lambda sandbox: {item.sku: item.units for item in sandbox.world.listing(Order.ID)},
        "cartons": lambda sandbox: {made.id: made.counts for made in sandbox.world.cartons.listing(Order.ID)},
    },
    {
        "switch": _switch,
        "clock": _clock,
        "revoke": lambda sandbox, _: sandbox.oauth.revoke(),
        "expire": lambda sandbox, _: sandbox.oauth.expire(),
        **{verb: _in_warehouse(verb) for verb in _WAREHOUSE},
        **{verb: _with_cartons(method) for verb, method in _CARTONS.items()},
        "add_shipment": lambda sandbox, given: sandbox.world.shipments.add(**given).id,
        "move_shipment": lambda sandbox, given: sandbox.world.shipments.move(**given).status,
    },
)
