"""What a status, or the lack of an answer, means: whether waiting can help, whether the request may have taken effect,
and what to do. The only tables of their kind; whoever asks brings at most better sentences. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.http.broken import NoAnswer


@dataclass(frozen=True, slots=True)
class Rule:
    """`text` continues "the store X …" (of a status) or "the store X: …" (where there is no answer). again: waiting can
    help, a person need not act. sent: the request may have taken effect."""

    text: str
    again: bool = False
    sent: bool = True


STATUS: Mapping[int, Rule] = MappingProxyType(
    {
        400: Rule("refused the request as malformed; check the address, or report this as a bug"),
        401: Rule("does not accept the key; issue a new one and put it into the configuration"),
        402: Rule("is frozen for an unpaid plan; settle it with the platform"),
        403: Rule("denies permission; grant the key the rights named in the connector's README"),
        404: Rule("has nothing at this address; check the address and the version in the configuration"),
        408: Rule("gave up waiting for the request; it will be tried again", again=True),
        409: Rule("is busy with a conflicting request; it will be tried again", again=True),
        410: Rule("has closed this address for good; check the address and the version"),
        413: Rule("finds the request too large; lower the batch size"),
        423: Rule("is locked; unlock it with the platform"),
        425: Rule("is not ready; it will be tried again", again=True, sent=False),
        429: Rule("asks for fewer requests; it will be tried again", again=True, sent=False),
        430: Rule("turned the request away as suspicious; it will be tried again", again=True, sent=False),
    }
)
REDIRECT = Rule("redirects to {target}; put the final address into the configuration")
OTHER_REFUSAL = Rule("refused the request; check the address and the key")
SERVER_FAULT = Rule("is overloaded or in maintenance; it will be tried again", again=True)


def rule_for(status: int) -> Rule:
    """What a status means that is no success."""
    if is_redirect(status):
        return REDIRECT
    return STATUS.get(status, OTHER_REFUSAL if 400 <= status < 500 else SERVER_FAULT)


def is_redirect(status: int) -> bool:
    return 300 <= status < 400


_NO_CONNECTION = Rule("no connection to {where}; it will be tried again", again=True, sent=False)

NO_ANSWER: Mapping[NoAnswer, Rule] = MappingProxyType(
    {
        NoAnswer.CERTIFICATE: Rule(
            "the certificate of {where} is not valid; check the address or renew it", sent=False
        ),
        NoAnswer.KEY: Rule("the key holds characters that cannot be sent; copy it again", sent=False),
        NoAnswer.ADDRESS: Rule("{where} is not a usable address; correct it in the configuration", sent=False),
        NoAnswer.UNREACHED: _NO_CONNECTION,
        NoAnswer.UNREACHED_IN_TIME: _NO_CONNECTION,
        NoAnswer.BUSY: _NO_CONNECTION,
        NoAnswer.SILENT: Rule("{where} did not answer in time; it will be tried again", again=True),
        NoAnswer.SLOW: Rule("it took longer than {seconds:.0f} s to finish one answer; try later", again=True),
        NoAnswer.OVERSIZED: Rule("it sent more than {size} bytes where a small answer was due; try later", again=True),
        NoAnswer.UNPACKABLE: Rule(
            "{where} packed its answer in a way that cannot be unpacked; it will be tried again", again=True
        ),
        NoAnswer.BROKE_OFF: Rule("the connection to {where} broke off; it will be tried again", again=True),
    }
)
