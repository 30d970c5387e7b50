"""Which Redis: the address, checked, and made explicit about certificates.

Without a word about certificates, redis-py would check them and the task queue would not. So a
`rediss://` address always leaves here with `ssl_cert_reqs`: checked, unless it is switched off in so
many words, as the self-signed certificates of some hosts require.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic_core import PydanticCustomError

from bridge.config.faults import ConfigFault
from bridge.config.values import fault

CHECKS = ("none", "optional", "required")


def redis_url(environ: Mapping[str, str]) -> tuple[str | None, list[ConfigFault]]:
    """The address in REDIS_URL, None where there is none; REDIS_SSL_CERT_REQS for hosts that manage REDIS_URL."""
    given = environ.get("REDIS_URL", "").strip()
    if not given:
        return None, []
    try:
        return normalised(given, environ.get("REDIS_SSL_CERT_REQS", "")), []
    except PydanticCustomError as error:
        return None, [ConfigFault(("REDIS_URL",), error.message())]


def normalised(url: str, default_check: str = "") -> str:
    """The checked address. Raises a fault whose text never repeats it, for it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        raise fault("is not an address; write redis://HOST:6379/0") from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise fault("is not a Redis address; begin it with redis://, rediss:// or unix://")
    if parts.scheme == "unix" and not parts.path.strip("/"):
        raise fault("names no socket; write unix:///path/to/redis.sock")
    if parts.scheme != "unix" and not parts.hostname:
        raise fault("names no host; write redis://HOST:6379/0")
    if parts.scheme != "rediss":
        return url
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    asked = options.get("ssl_cert_reqs") or default_check or "required"
    check = asked.lower().removeprefix("cert_")  # hosts print Python's constant, which redis-py refuses
    if check not in CHECKS:
        raise fault("asks for an unknown certificate check; write ssl_cert_reqs=none or ssl_cert_reqs=required")
    return urlunsplit(parts._replace(query=urlencode({**options, "ssl_cert_reqs": check}, safe="/")))


def broker_url(url: str) -> str:
    """The same Redis as the task queue writes it: a socket has another scheme there."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    options = dict(parse_qsl(parts.query))
    userinfo = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return f"redis+socket://{userinfo}{parts.path}?{urlencode({'virtual_host': options.get('db', '0')})}"
