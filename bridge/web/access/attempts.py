"""How often passwords may be guessed.

Whoever guesses must be slowed down, and must not be able to keep everybody else from logging in; one limit for all does
the second to reach the first. So there are three:

1. Of one network, EACH failures within SPAN. An IPv4 address is a network, and so are the 2^64 addresses of IPv6 that
   one customer of a provider has.
2. Once ALL have failed together, somebody guesses from many networks. From then on a network that has failed once
   waits, and one that has not is still judged: the right password gets in, and each wrong one uses up a network.
3. Once MOST have failed together, there are hundreds of networks behind it, and nobody is judged any more: at most MOST
   passwords are tried within SPAN, however many networks there are. Whoever is logged in goes on all the while, for a
   session is not a password; and who shows one that acts may log in again, as they have no password to find out.

A session that only looks is no such proof, nor does its login forgive failures: it is of somebody who may be guessing
the password of those who act.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

SPAN = 300.0
"""Seconds for which a failed attempt counts."""

EACH, ALL, MOST = 5, 50, 500
"""Failed attempts within that span: see above."""

NETWORK = 64
"""Bits of an IPv6 address that its owner does not choose."""


class Attempts:
    """Failed logins of late. No more than MOST are remembered, and those of who acts, because none is made beyond."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._failed = clock, deque[tuple[float, str]]()

    def wait(self, address: str, *, is_known: bool = False) -> int:
        """Seconds until an address may try again; 0: now. is_known: a session that acts comes with it."""
        now, network = self._clock(), _network_of(address)
        while self._failed and self._failed[0][0] <= now - SPAN:
            self._failed.popleft()
        every, own = [at for at, _ in self._failed], [at for at, who in self._failed if who == network]
        frees = [own[-EACH]] if len(own) >= EACH else []
        frees += [every[-ALL]] if len(every) >= ALL and own else []
        frees += [every[-MOST]] if len(every) >= MOST and not is_known else []
        return math.ceil(max(frees) + SPAN - now) if frees else 0

    def fail(self, address: str) -> None:
        self._failed.append((self._clock(), _network_of(address)))

    def forget(self, address: str) -> None:
        """Whoever knows the password of those who act has mistyped it before."""
        network = _network_of(address)
        self._failed = deque(entry for entry in self._failed if entry[1] != network)


def _network_of(address: str) -> str:
    """What counts as one guesser; a text that is no address counts as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else f"{int(found) >> (128 - NETWORK):x}/{NETWORK}"
