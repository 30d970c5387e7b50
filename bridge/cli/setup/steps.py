"""The steps of `init`, one after the other on one draft."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from pydantic import ValidationError

from bridge import log
from bridge.cli import first_push, table
from bridge.cli.begin import context_at
from bridge.cli.progress import progress
from bridge.cli.setup import oauth_client, places
from bridge.cli.setup.dialog import Dialog
from bridge.cli.setup.draft import Draft
from bridge.cli.setup.keys import Keys
from bridge.cli.trial import scratch
from bridge.config import GuardSettings, LedgerSettings, Settings, SourceSettings
from bridge.config.faults import faults_of
from bridge.config.installed import capabilities_of, connectors, locations_key
from bridge.errors import BridgeError, ConfigError, SourceError, StateError
from bridge.sync.context import SyncContext
from bridge.sync.pull.flow import pull
from bridge.wiring import build
from connectors.base import Location, LocationsUndecidedError, StoreError, send_once

UNUSED = "redis://127.0.0.1/0"
"""Edges are tried before there is a Redis; nothing connects to it."""

STORE = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True)
class Given:
    """Answers from the command line; None: ask. options: the connector's keys."""

    source_url: str | None = None
    token_name: str | None = None
    connector: str | None = None
    store: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    buffer: int | None = None


@dataclass
class Steps:
    """stack: ends what a step began, when the dialog is over. redis_url: "" where no server can be had."""

    dialog: Dialog
    given: Given
    draft: Draft
    stack: ExitStack
    redis_url: str = ""
    units: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    locations: tuple[Location, ...] = ()

    # -- the warehouse -----------------------------------------------------------------------------

    def warehouse(self) -> None:
        """Address and token, until the API accepts them; or an OAuth client, which nobody can try here."""
        self.dialog.tell("The warehouse (3PLGuys)")
        self.dialog.tell(
            f"For an OAuth client in place of a token, write {oauth_client.OAUTH} where a variable is asked for."
        )
        again = False
        while True:
            self._address(again=again)
            question = "variable that will hold the token"
            name = oauth_client.variable(self.dialog, question, self.draft.token_name, self.given.token_name)
            if name == oauth_client.OAUTH:
                oauth_client.ask(self.dialog, self.draft)
                return
            self.draft.token_name = name
            if self._accepts(self._token(again=again)):
                return
            again = True

    def _address(self, *, again: bool) -> None:
        """Judged as soon as it is typed; what is refused becomes no default."""
        draft, given = self.draft, None if again else self.given.source_url
        while True:
            typed = given or self.dialog.text("address of the API", draft.base_url)
            faults = _source_faults({"base_url": typed}, only="base_url")
            if not faults:
                draft.base_url = typed
                return
            given = None
            for fault in faults:
                table.note(fault)

    def _token(self, *, again: bool) -> str:
        """From its variable where that is set; else typed, for trying only."""
        name = self.draft.token_name
        if not again and (found := os.environ.get(name, "").strip()):
            self.dialog.tell(f"The token comes from the variable {name}.")
            return found
        while not (typed := self.dialog.secret("token (not shown)")):
            table.note("Please give the token.")
        self.draft.secrets[name] = typed
        return typed

    def _accepts(self, token: str) -> bool:
        """Whether the API does. Keeps the names of its warehouses."""
        given = {"base_url": self.draft.base_url, "token": token}
        if faults := _source_faults(given):
            for fault in faults:
                table.note(fault)
            return False
        source = SourceSettings.model_validate(given)
        log.configure({source.credential.get_secret_value()}, level="WARNING")
        settings = Settings(source=source, ledger=LedgerSettings(), guard=GuardSettings(), stores={})
        client = build(settings, UNUSED).open_source(send_once, lambda _: None)
        try:
            client.check()
            self.names = places.names_of(client.breakdown_page(0, 50, None).rows)
        except SourceError as fault:
            table.note(str(fault))
            return False
        finally:
            client.close()
        self.dialog.tell("ok: the warehouse accepts the token and its scope")
        return True

    # -- the store ---------------------------------------------------------------------------------

    def store(self) -> None:
        """Platform, name and keys, until the store accepts them."""
        self.dialog.tell("The first store; more can be added to the file later", gap=True)
        known = connectors() or ("",)
        self.draft.connector = self.given.connector or self.dialog.choice("platform", known, known[0])
        capabilities_of(self.draft.connector)  # raises for one that is not installed
        name = self.given.store or self.dialog.text("name of the store, for you", self.draft.store)
        while not STORE.fullmatch(name):
            table.note("Please write small letters, digits, _ and - only.")
            name = self.dialog.text("name of the store, for you", "main")
        self.draft.store = name
        folder = self.draft.path.parent
        keys = Keys(self.dialog, self.draft.connector, secrets=self.draft.secrets, folder=folder)
        keys.give(self.given.options)
        while True:
            keys.ask()
            self.draft.options = keys.options
            try:
                self._check_store()
                return
            except (StoreError, ConfigError) as fault:
                table.note(str(fault))
            keys.again = True

    def _check_store(self) -> None:
        settings = self.draft.settings()
        log.configure(settings.secrets(), level="WARNING")
        connector = build(settings, UNUSED).open_store(self.draft.store, send_once)
        try:
            info = connector.check()
        except LocationsUndecidedError as undecided:
            self.locations = undecided.locations
            self.dialog.tell("ok: the store accepts the keys")
            return
        finally:
            connector.close()
        self.locations = info.locations
        self.dialog.tell(f"ok: {info.name} accepts the keys")
        for warning in info.warnings:
            self.dialog.tell(f"  {warning}")

    # -- places and rules --------------------------------------------------------------------------

    def places(self) -> None:
        """Show where the warehouse keeps its stock, and join it to the store's locations."""
        if self.draft.oauth:
            self.dialog.tell(
                "Nothing of the warehouse can be read before `stockbridge login`, so there is no preview;", gap=True
            )
            self.dialog.tell("`stockbridge check` shows one afterwards.")
        else:
            self._read_warehouse()
        for warehouse, units in sorted(self.units.items()):
            self.dialog.tell(f"  {places.words(warehouse, self.names, units)}")
        self.draft.warehouses = sorted(self.units) or self.draft.warehouses
        active = [place for place in self.locations if place.active]
        told = locations_key(self.draft.connector) in self.draft.options
        if len(active) < 2 or told or not capabilities_of(self.draft.connector).locations:
            return
        warehouses = self.units or dict.fromkeys(self.names or {"1": ""}, 0)
        self.draft.locations = places.ask(self.dialog, warehouses, self.names, active)
        self.draft.places = {**self.names, **{place.id: place.name for place in active}}
        self._check_store()

    def _read_warehouse(self) -> None:
        """The whole of it, into a Redis that goes away with this command."""
        self.dialog.tell("Reading the warehouse, to show what a first push would change …", gap=True)
        try:
            self.redis_url = self.stack.enter_context(scratch())
            with self._context() as context:
                context.state.ensure_whole()
                pull(context, full=True)
                self.units = places.units_of(x for x in context.state.every_level() if x.packing is None)
        except (SourceError, StateError) as fault:
            table.note(f"{fault} So there is no preview; `stockbridge check` shows one later.")
            self.redis_url = ""

    @contextmanager
    def _context(self) -> Iterator[SyncContext]:
        with progress() as emit:
            context = context_at(self.draft.settings(), self.redis_url, emit=emit)
            yield context
            context.state.close()

    def rules(self) -> None:
        given = self.given.buffer
        question = "units of each SKU to keep back, so that two shoppers cannot buy the last one"
        self.draft.buffer = self.dialog.whole(question) if given is None else given

    def preview(self) -> None:
        """What a first push would change, on a Redis of its own: writes to no store."""
        if not self.redis_url:
            return
        try:
            with self._context() as context:
                found, _ = first_push.ask(context, [self.draft.store])
        except BridgeError as fault:
            table.note(f"There is no preview: {fault}")
            return
        if found["error"]:
            table.note(str(found["error"]))
        first_push.show(self.draft.store, found["stores"][self.draft.store])


def _source_faults(given: Mapping[str, str], only: str | None = None) -> list[str]:
    """What is wrong with the form of [source], or of one key of it."""
    try:
        SourceSettings.model_validate(given)
    except ValidationError as error:
        found = faults_of(error, (), given, SourceSettings)
        return [str(fault) for fault in found if only in (None, *fault.path)]
    return []
