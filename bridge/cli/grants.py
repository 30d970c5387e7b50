"""How an OAuth grant is told."""

from collections.abc import Mapping
from typing import Any

from bridge.core.grant import Grant
from bridge.ops import words


def facts(grant: Grant) -> dict[str, Any]:
    """For JSON. until: when the access token ends, ahead of which it is refreshed."""
    return {
        "scopes": sorted(grant.scopes),
        "missing": sorted(grant.missing),
        "granted_at": words.iso(grant.granted_at),
        "until": words.iso(grant.expires_at),
    }


def sentence(found: Mapping[str, Any]) -> str:
    """For people: what is granted, since when and until when, and what is missing."""
    scopes, missing = (", ".join(found[name]) for name in ("scopes", "missing"))
    lacks = f", without the scope {missing}, which is needed" if missing else ""
    since, until = (words.readable_time(found[name]) for name in ("granted_at", "until"))
    return f"granted {scopes or 'nothing'}{lacks}, at {since}; the token ends at {until} and is refreshed before that"
