"""Whose state this is. Tokens rotate and shops come and go, but never all at once: a configuration that shares nothing
with what is noted is another merchant's, which was pointed here by mistake.

A sign is (kind, text): ("source", address), ("store", connector and shop), ("token", fingerprint).
"""

from collections.abc import Collection, Set

from bridge.errors import ConfigError
from bridge.state import pack

Sign = tuple[str, str]
TOKEN = "token"  # noqa: S105  (the kind of a sign, whose text is a fingerprint)


def packed(signs: Collection[Sign]) -> str:
    return pack.dumps(sorted(signs))


def unpacked(raw: str | None) -> frozenset[Sign]:
    return frozenset((kind, text) for kind, text in pack.loads(raw)) if raw else frozenset()


def refuse_another(noted: Set[Sign], mine: Set[Sign]) -> None:
    """Raises ConfigError when both are known and share no sign."""
    if noted and mine and not noted & mine:
        raise ConfigError(
            f"This Redis holds the state of another merchant ({_named(noted)}), and this configuration is of"
            f" {_named(mine)}: nothing was changed; give each merchant a Redis of its own, or another database number"
            " in REDIS_URL. Where it is the same merchant, change the token and the stores one after the other."
        )


def _named(signs: Set[Sign]) -> str:
    return ", ".join(text for kind, text in sorted(signs) if kind != TOKEN) or "other tokens"
