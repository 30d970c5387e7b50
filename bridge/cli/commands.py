"""Every command by its name. One is imported when it is called, so that no command waits for what only others use."""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from bridge.cli.loudness import LOUDNESS, heard

HELP = {"help_option_names": ["-h", "--help"]}


class Place(NamedTuple):
    """The module of a command, and the first line of its docstring, which the list of commands shows.

    heard: the command has `-v` and `-q` beside its own options.
    """

    module: str
    sentence: str
    heard: bool = True


COMMANDS = {
    "demo": Place("demo", "Show the whole bridge on this machine.", heard=False),
    "sandbox": Place("sandbox", "Run sandboxes of the warehouse and the stores, until Ctrl-C.", heard=False),
    "init": Place("init", "Write a configuration, step by step.", heard=False),
    "login": Place("login", "Let the warehouse's OAuth grant the bridge to read."),
    "check": Place("check", "Is everything in place?"),
    "sync": Place("sync", "Run one whole cycle here and now."),
    "up": Place("up", "Run worker and beat on this machine.", heard=False),
    "web": Place(
        "web",
        "Serve the page for people, the Inventory Update API for tills, and numbers for whoever watches.",
        heard=False,
    ),
    "resync": Place("resync", "Have a worker look at a store again."),
    "status": Place("status", "Is all well, and if not, who has to act?"),
    "diff": Place("look", "List what shows another number than it should."),
    "drift": Place("drift", "List what stores showed instead of what the bridge had left there, and why."),
    "unmapped": Place("unmapped", "List what only one side knows."),
    "quarantine": Place("look", "List what a store refuses, and what is left alone."),
    "incoming": Place("incoming", "List what is on its way to the warehouses."),
    "explain": Place("explain", "Why does the shop say 7?"),
    "history": Place("look", "What changed for a SKU, when, why, in which run."),
    "state": Place("state", "What stands in Redis for a SKU."),
    "pause": Place("steer", "Write nothing to a store until `resume`."),
    "resume": Place("steer", "Go on writing to a paused store."),
    "release": Place("steer", "Let held lowerings through, or drop them.", heard=False),
    "webhooks": Place("webhooks", "Have a store tell what moves there."),
    "rollback": Place(
        "rollback", "Put back what a run wrote over, where the store still shows what it wrote.", heard=False
    ),
    "metrics": Place("metrics", "Print numbers for Prometheus, in its text format.", heard=False),
    "alert-test": Place("alert_test", "Send a test message through every channel of [alerts]."),
}

CATALOG = {
    "products list": Place("catalog_read", "List products."),
    "products show": Place("catalog_read", "Show a product."),
    "products history": Place("catalog_read", "What happened to a product at 3PLGuys."),
    "products export": Place("catalog_read", "Print all products as CSV."),
    "products create": Place("catalog_change", "Create a product."),
    "products rename": Place("catalog_change", "Give a product another name."),
    "products delete": Place("catalog_change", "Delete a product."),
    "products restore": Place("catalog_change", "Restore a product that was deleted."),
    "products import": Place("catalog_import", "Create and change products from a CSV file."),
    "products adopt": Place("catalog_import", "Create what a store sells and 3PLGuys lacks."),
    "cartons list": Place("catalog_read", "List cartons."),
    "cartons show": Place("catalog_read", "Show a carton type: contents, size, weight, and how many there are."),
    "cartons history": Place("catalog_read", "What happened to a carton at 3PLGuys."),
    "cartons export": Place("catalog_read", "Print all cartons as CSV."),
    "cartons create": Place("catalog_change", "Create a carton type."),
    "cartons rename": Place("catalog_change", "Give a carton type another name."),
    "cartons delete": Place("catalog_change", "Delete a carton."),
    "cartons restore": Place("catalog_change", "Restore a carton that was deleted."),
    "cartons import": Place("catalog_import", "Create and change cartons from a CSV file."),
}
"""What stands below `catalog`, by both its names; its function is named by both."""
GROUPS = {
    "catalog": "Look up and change products and cartons at the warehouse.",
    "products": "Look up and change products.",
    "cartons": "Look up and change carton types.",
}


class ListedCommand(TyperCommand):
    """Stands for a command until it is called or asked for its help. path: the name of its function, in words."""

    def __init__(self, path: str, place: Place) -> None:
        super().__init__(path.rpartition(" ")[2], help=place.sentence)
        self._path, self._place = path, place

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Returns the context of the real command."""
        return self.imported().make_context(info_name, args, parent=parent, **extra)

    def imported(self) -> Any:
        """Returns the real command."""
        module = import_module(f"bridge.cli.{self._place.module}")
        function = getattr(module, self._path.replace("-", "_").replace(" ", "_"))
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        options = heard(function) if self._place.heard else function
        app.command(str(self.name), cls=_Logged, context_settings=HELP)(options)
        return typer.main.get_command(app)


class _Logged(TyperCommand):
    def invoke(self, ctx: Any) -> Any:
        """Run the command, and log from the start."""
        from bridge import log  # noqa: PLC0415  (a help text needs no log)

        log.configure(level=LOUDNESS.level)
        return super().invoke(ctx)


def catalog_group() -> TyperGroup:
    """Returns the command `catalog` with everything below it."""
    groups = {
        name: TyperGroup(name=name, help=said, no_args_is_help=True, context_settings=HELP, rich_markup_mode=None)
        for name, said in GROUPS.items()
    }
    for path, place in CATALOG.items():
        groups[path.partition(" ")[0]].add_command(ListedCommand(path, place))
    for name in ("products", "cartons"):
        groups["catalog"].add_command(groups[name])
    return groups["catalog"]
