"""Whether a request comes from another site than the page itself, by what browsers say of it.

Browsers send Sec-Fetch-Site, except over plain http to other machines; there, Origin tells. Who sends neither is no
browser, and no other site can make it send anything; so it has no session either, and the cookie of one is not believed
there.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from bridge.config.values import is_loopback

SAFE = ("GET", "HEAD", "OPTIONS")


def is_foreign(
    method: str, sites: Sequence[str], origins: Sequence[str], host: str, own: str | None, *, has_session: bool = False
) -> bool:
    """Whether a request that may change something was made by another site.

    sites, origins: the values of Sec-Fetch-Site and of Origin. host: of the request. own: the configured origin, where
    a proxy rewrites Host. has_session: it shows the cookie of one.
    """
    if method in SAFE:
        return False
    if not sites and not origins:
        return has_session
    if sites:
        return any(site not in ("same-origin", "none") for site in sites)
    by_host = own is None or host.lower() != _host_of(own)  # else the scheme is known too
    return any(origin != own and not (by_host and host and _host_of(origin) == host.lower()) for origin in origins)


def is_rebound(host: str, own: str | None) -> bool:
    """Whether a name that is not this machine's led to it: a foreign site may have its name point here, and would then
    count as the page itself."""
    return not _is_here(host) and (own is None or host.lower() != _host_of(own))


def _is_here(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _host_of(origin: str) -> str:
    """Host and port; "" of what is no origin."""
    scheme, mark, host = origin.lower().partition("://")
    return host if mark and scheme in ("http", "https") else ""
