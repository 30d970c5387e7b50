"""Addresses of shops: whether one is safe to write to, and when two certainly mean the same place."""

import ipaddress
import re
from functools import cache
from urllib.parse import unquote, urlsplit

PORTS = {"http": 80, "https": 443}


@cache  # every session compares those of all stores
def place_of(address: str) -> str:
    """Host, port and path in the one form that all spellings of an address share: lower-case ASCII host without a
    final dot, no default port, no slash at the end. The scheme is left out. "www." stays: it may be another shop."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not host.isascii():
        import httpx  # noqa: PLC0415  (which makes ASCII of it, and brings half of what a command imports)

        host = httpx.URL(address).raw_host.decode()
    port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{host.rstrip('.')}{port}{unquote(parts.path).rstrip('/')}"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def shop_address(value: str, secret: str) -> str:
    """The address of a shop as a person wrote it, in one form: no blanks, a lower-case scheme, single slashes and none
    at the end. secret: what plain http would show to the network. Raises ValueError."""
    parts = urlsplit(value.strip())
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError('write the address of the shop, such as "https://shop.example.com"')
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError(f"plain http is refused except on loopback, for it would show the {secret} to the network")
    path = re.sub(r"/+", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"
