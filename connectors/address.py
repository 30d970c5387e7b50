"""When two addresses certainly mean the same place."""

import httpx


def place_of(address: str) -> str:
    """Host, port and path in the one form that all spellings of an address share: lower-case ASCII host without a
    final dot, no default port, no slash at the end. The scheme is left out. "www." stays: it may be another shop."""
    url = httpx.URL(address)
    port = "" if url.port is None else f":{url.port}"
    return f"{url.raw_host.decode().rstrip('.')}{port}{url.path.rstrip('/')}"
