"""The forms of single values: durations, percentages, secrets, addresses, lists of names.

Each refusal is "what is wrong; hint" and never repeats the value, which may be a secret.
"""

import ipaddress
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from connectors.items import ItemsFaultError, usable_path

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=3650)
NO_ADDRESS = "is not an address; write https:// and the host name"
PLAIN_PUBLIC = "is plain http, to which no shop delivers; write https:// and the host name that shops reach"
NO_LOGIN = "is empty or holds a character that mail servers do not take; copy it again"
PLAIN_SERVICES = ("json", "xml", "form")  # those of apprise that any server may stand behind
MOST_UNITS = 1_000_000_000  # pieces; more than any store takes


def fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("stockbridge", "{text}", {"text": text})


def parse_duration(text: object) -> timedelta:
    """ "90s", "5m", "24h" or "7d" as a time span. Raises a fault that pydantic collects."""
    found = re.fullmatch(r"([0-9]{1,12})([smhd])", text) if isinstance(text, str) else None
    if not found:
        raise fault('is not a duration; write a whole number and s, m, h or d in quotes, such as "5m"')
    seconds = int(found[1]) * UNITS[found[2]]
    if seconds > LONGEST.total_seconds():
        raise fault(f'is too long; write "{LONGEST.days}d" or less')
    return timedelta(seconds=seconds)


def parse_percent(text: object) -> Fraction:
    """ "20%" as the exact fraction 1/5. Raises a fault that pydantic collects."""
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%", text) if isinstance(text, str) else None
    if not found:
        raise fault('is not a percentage; write a number and % in quotes, such as "20%"')
    share = Fraction(found[1]) / 100
    if share > 1:
        raise fault('is more than everything; write "100%" or less')
    return share


def parse_address(text: str) -> str:
    """An https address without a trailing slash; plain http only to this machine."""
    parts = _protected(text)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise fault("holds more than an address; write only scheme, host and path")
    return text.rstrip("/")


def parse_origin(text: str) -> str:
    """An address of scheme, host and port, as browsers write an origin."""
    address = parse_address(text).lower()
    if urlsplit(address).path:
        raise fault("holds a path; write only scheme, host and port")
    return address


def parse_public_url(text: str) -> str:
    """An address that shops reach, with a path where a proxy adds one."""
    try:
        return parse_address(text)
    except PydanticCustomError as wrong:
        raise fault(PLAIN_PUBLIC if "plain http" in str(wrong) else str(wrong)) from None


def _protected(text: str) -> SplitResult:
    """An address that nobody on the way can read along with."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise fault(NO_ADDRESS) from None
    if not host or port == 0 or parts.scheme not in ("http", "https"):
        raise fault(NO_ADDRESS)
    if parts.scheme == "http" and not is_loopback(host):
        raise fault("is plain http, which would send the key unprotected; write https://")
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine, without asking anybody."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not text:
        raise fault("is empty; set the key or token")
    if not re.fullmatch(r"[!-~]+", text):
        raise fault("holds a space or a character that no key has; copy it again")
    return SecretStr(text)


def _secret_address(value: SecretStr) -> SecretStr:
    _protected(_secret(value).get_secret_value())
    return _secret(value)


def _service(value: SecretStr) -> SecretStr:
    """An address as apprise writes it: service://what the service needs."""
    scheme, _, rest = _secret(value).get_secret_value().partition("://")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) or not rest:
        raise fault("is no address of a service; write it as apprise does, such as service://…")
    host = urlsplit(f"http://{rest}").hostname or ""
    if scheme.lower() in PLAIN_SERVICES and not is_loopback(host):
        raise fault(f"is plain http, which everybody on the way can read; write {scheme.lower()}s://")
    return _secret(value)


def _services(value: list[SecretStr]) -> list[SecretStr]:
    if find_spec("apprise") is None:
        raise fault(f'needs the package apprise; type {sys.executable} -m pip install "stockbridge[alerts]"')
    return value


def matching(pattern: str, otherwise: str) -> AfterValidator:
    """The annotation that refuses text of another form. otherwise: what is wrong then; hint."""

    def check(value: str | SecretStr) -> str | SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value() if isinstance(value, SecretStr) else value):
            raise fault(otherwise)
        return value

    return AfterValidator(check)


def at_least(least: str) -> AfterValidator:
    """The annotation that refuses shorter time spans."""
    bound = parse_duration(least)

    def check(value: timedelta) -> timedelta:
        if value < bound:
            raise fault(f'is too short; write "{least}" or more')
        return value

    return AfterValidator(check)


def _names(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise fault('should be a list of texts; write ["A", "B"]')
    names = frozenset(name.strip() for name in value)
    if not names or "" in names:
        raise fault("names nothing; leave the key out to mean all")
    return names


def _trimmed_keys(value: object) -> object:
    """Warehouse ids without the blanks that a copy brings; two that become one are a fault."""
    if not isinstance(value, Mapping):
        return value
    trimmed = {str(key).strip(): entry for key, entry in value.items()}
    if len(trimmed) < len(value):
        raise fault("names a warehouse twice; keep one line for each warehouse")
    return trimmed


def _codes(value: object) -> object:
    """A code without quotes has lost its leading zeros before anybody could see them."""
    if not isinstance(value, Mapping):
        return value
    for code, warehouse in value.items():
        if not str(code).strip() or code != str(code).strip() or not str(code).isprintable():
            raise fault("has a store code that is empty or has blanks around it; write it as the till sends it")
        if not isinstance(warehouse, str):
            raise fault(f'has a warehouse for store code "{code}" that is no text; put it into quotes')
    return {code: warehouse.strip() for code, warehouse in value.items()}


def _items_file(value: str, info: ValidationInfo) -> str:
    """The whole path of an items file that can be used. The folder comes with the context of the validation."""
    try:
        return usable_path(value, (info.context or {}).get("folder", ""))
    except ItemsFaultError as wrong:
        raise fault(str(wrong)) from None


def parse_bind(text: str) -> str:
    """ "HOST:PORT", an IPv6 address in brackets."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", text)
    if not found or int(found[2]) > 65_535:
        raise fault('is not where one can listen; write host and port, such as "127.0.0.1:8321"')
    return text


def host_of(bind: str) -> str:
    """The host of what `parse_bind` took."""
    return bind.rpartition(":")[0].strip("[]")


Duration = Annotated[timedelta, BeforeValidator(parse_duration), at_least("1s")]
Percent = Annotated[Fraction, BeforeValidator(parse_percent)]
Address = Annotated[str, AfterValidator(parse_address)]
Origin = Annotated[str, AfterValidator(parse_origin)]
PublicUrl = Annotated[str, AfterValidator(parse_public_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
SecretAddress = Annotated[SecretStr, AfterValidator(_secret_address)]
Services = Annotated[
    list[Annotated[SecretStr, AfterValidator(_service)]], Field(min_length=1), AfterValidator(_services)
]
Login = Annotated[SecretStr, matching(r"[ -~]*[!-~][ -~]*", NO_LOGIN)]  # some passwords have spaces in them
Mailbox = Annotated[str, matching(r"[!#-'*-?A-~]+@[A-Za-z0-9.-]+", "is not a mail address; write name@example.com")]
Names = Annotated[frozenset[str], BeforeValidator(_names)]
Name = Annotated[str, Field(min_length=1)]
Pieces = Annotated[int, Field(ge=0, le=MOST_UNITS)]
Parts = Annotated[int, Field(ge=1, le=MOST_UNITS)]
ByCode = Annotated[dict[Name, Name], BeforeValidator(_codes)]
ItemsFile = Annotated[str, Field(min_length=1), AfterValidator(_items_file)]
Bind = Annotated[str, AfterValidator(parse_bind)]
ByWarehouse = Annotated[dict[Name, Name], BeforeValidator(_trimmed_keys)]
