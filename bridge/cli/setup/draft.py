"""The configuration as it grows, and its text: every common key with a comment, secrets as `${NAME}` only."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic_core import PydanticUndefined

from bridge.config import Settings, parse, toml
from bridge.config.installed import capabilities_of, locations_key, options_of

HEAD = """\
# Stockbridge. `stockbridge check` says what is wrong with this file, and what a push now would change.
# Lines that begin with a # are the defaults, or examples. ${NAME} is read from the environment: no secret
# belongs in this file.
"""
NOT_OURS = ("REDIS_URL", "STOCKBRIDGE_CONFIG", "STOCKBRIDGE_CONFIG_TOML")

SHORT = 60
"""A longer line has its comment where it ends; those of the others stand below each other."""

DraftLine = tuple[str, str, str, bool]
"""Key, value as TOML, comment, and whether it is in force."""


@dataclass
class Draft:
    """What was answered so far. oauth: the keys of [source.oauth], which takes the place of the token; empty: there is
    none. options: the connector's keys as they stand in the file. secrets: environment
    variable → value, for trying only. places: id → name, of warehouses and locations, for comments. warehouses:
    ids of those that hold something. path: where the file will be; the files that it names are looked for beside it."""

    base_url: str = "https://api.3plguys.com"
    token_name: str = "THREEPLGUYS_TOKEN"  # noqa: S105  (the name of a variable)
    oauth: dict[str, str] = field(default_factory=dict)
    store: str = "main"
    connector: str = ""
    options: dict[str, object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    locations: dict[str, str] = field(default_factory=dict)
    buffer: int = 0
    warehouses: Sequence[str] = ("1",)
    places: dict[str, str] = field(default_factory=dict)
    path: Path = Path()

    def environ(self) -> dict[str, str]:
        """The environment that the next commands will have, as far as the configuration reads it."""
        return {name: text for name, text in os.environ.items() if name not in NOT_OURS} | self.secrets

    def settings(self) -> Settings:
        """The text as the commands will understand it. Raises ConfigError."""
        return parse(self.text(), self.environ(), str(self.path))

    def variables(self) -> list[str]:
        """Names of the environment variables that the text refers to, in its order."""
        source = self.oauth.get("client_secret", f"${{{self.token_name}}}")
        return [str(value)[2:-1] for value in (source, *self.options.values()) if is_reference(value)]

    # -- text --------------------------------------------------------------------------------------

    def text(self) -> str:
        """Returns the file as it stands: HEAD, the tables in force, and examples that are not."""
        token = [] if self.oauth else [("token", _value(f"${{{self.token_name}}}"), "", True)]
        source: Sequence[DraftLine] = (
            ("base_url", _value(self.base_url), "/v0 is added", True),
            *token,
            ("poll", '"auto"', 'time between two pulls: "30s", "5m"; auto follows the request budget', False),
            ("overlap", '"5m"', "how far a pull looks back behind the last one", False),
            ("full_pull_every", '"24h"', "how often every product is read", False),
        )
        client = [(name, _value(text), CLIENT.get(name, ""), True) for name, text in self.oauth.items()]
        oauth = [("source.oauth", client)] if client else []
        store = (f"stores.{self.store}", [*self._store()])
        tables = (("source", source), *oauth, ("ledger", LEDGER), ("guard", GUARD), store)
        examples = (text.replace("NAME", self.store, 1) for text in EXAMPLES)
        return "\n".join([HEAD, *(f"[{name}]\n{''.join(_lines(lines))}" for name, lines in tables), *examples])

    def _store(self) -> Iterator[DraftLine]:
        """The connector, and its own keys: what was answered, then the defaults of the others. Then what every store
        has."""
        yield "connector", _value(self.connector), "", True
        for name, value in self.options.items():
            yield name, _value(value), "", True
        for name, spec in options_of(self.connector).model_fields.items():
            if name not in self.options and spec.default not in (None, PydanticUndefined):
                yield name, _value(spec.default), "", False
        can, mapping = capabilities_of(self.connector), self.locations
        if can.locations and locations_key(self.connector) not in self.options:
            named = "; ".join(f"{self._named(w)} → {self._named(at)}" for w, at in mapping.items())
            told = named or "left out: the only location takes all warehouses"
            example = mapping or {"1": "the location's id"}
            yield "locations", _value(example), f"warehouse → location; {told}", bool(mapping)
        yield (
            "warehouses",
            _value(list(mapping or self.warehouses)),
            "which this store may ship from; default: all",
            False,
        )
        yield "buffer", str(self.buffer), "units of each SKU kept back", True
        yield from STORE

    def _named(self, place: str) -> str:
        return self.places.get(place) or place


CLIENT = {
    "client_id": "`stockbridge login` lets a person grant it the scope inventory",
    "redirect_uri": "as it is registered at 3PLGuys",
}
LEDGER: Sequence[DraftLine] = (
    ("match_window", '"72h"', "how long a decrease of the warehouse level may confirm a later shipment", False),
    ("release_after", '"96h"', "when a shipment that the warehouse never counted expires", False),
    ("stale_after", '"5m"', "a store unread for so long freezes the increases of what it shares", False),
)
GUARD: Sequence[DraftLine] = (
    ("max_zeroed", '"20%"', "of a store's listings with stock, in 24 hours; more waits for a person", False),
    ("max_cut", '"50%"', "of a store's units, in 24 hours; more waits for a person", False),
)
STORE: Sequence[DraftLine] = (
    ("share", '"100%"', "of what is free; rounded down", False),
    ("cap", "999", "never show more than this; default: no limit", False),
    ("match", '"exact"', "how SKUs are compared; loose: trimmed, any case", False),
    ("duplicates", '"all"', "several listings with one SKU: write all, or none of them", False),
    ("heal", "true", "a quantity changed in the store: correct it, or only report it", False),
    ("direction", '"both"', "down: only ever lower", False),
    ("only", '["SKU-1", "SKU-2"]', "pilot: touch nothing else; default: all", False),
    ("paused", "false", "true: write nothing", False),
    ("shadow", "false", "true: write nothing, and tell how often it would have been right", False),
)
EXAMPLES = (
    """\
# Who is told that a person is needed; `stockbridge alert-test` tries it.
# [alerts]
# webhook = "${SLACK_WEBHOOK_URL}"
# urls    = ["${TEAMS_URL}"]  # of any service that apprise knows; needs stockbridge[alerts]
""",
    """\
# Rules of one SKU.
# [stores.NAME.skus."SKU-1"]
# buffer = 10
# sync   = true
""",
    """\
# Store SKU = warehouse SKU, where they differ.
# [stores.NAME.map]
# "WIDGET-BLACK" = "SKU-2"
""",
    """\
# Store SKU = its parts.
# [stores.NAME.bundles]
# "KIT-1" = { "SKU-1" = 2, "SKU-2" = 1 }
""",
    """\
# Store SKU = carton type id at the warehouse: sold as full cartons only.
# [stores.NAME.cartons]
# "CASE-10" = "1"
""",
)


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith("${") and value.endswith("}")


def _lines(lines: Sequence[DraftLine]) -> Iterator[str]:
    width = max(len(key) + 2 * (not in_force) for key, _, _, in_force in lines)
    texts = [f"{'' if in_force else '# '}{key}".ljust(width) + f" = {value}" for key, value, _, in_force in lines]
    margin = max(len(text) for text in texts if len(text) <= SHORT)
    for text, (_, _, comment, _) in zip(texts, lines, strict=True):
        plain = "".join(c if c.isprintable() else " " for c in comment)  # a foreign name must not end its comment
        yield f"{f'{text:<{margin}}  # {plain}' if comment else text}\n"


def _value(value: object) -> str:
    """As TOML; a time span as the largest unit that it is a whole number of."""
    if not isinstance(value, timedelta):
        return toml.value(value)
    seconds = int(value.total_seconds())
    unit, size = next((u, n) for u, n in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)) if seconds % n == 0)
    return toml.value(f"{seconds // size}{unit}")
