"""Every error of the bridge, named by what to do next. Each text is one sentence with the remedy.

BridgeError
 ├── ConfigError             exit 2   configuration or usage; carries every fault found
 ├── SourceError             the warehouse API
 │    ├── RetryableSourceError    exit 75  waiting can help
 │    │    └── BrokenAnswerError            exit 75  an outage, or one row that breaks its page
 │    │         └── LateAnswerError              exit 75  the same, by saying nothing at all
 │    ├── OperatorSourceError     exit 1   token, scope or address: a person must act
 │    │    └── GrantEndedError              exit 1   the OAuth grant is not accepted: a person must log in again
 │    ├── SourceRefusalError      exit 1   a change of the catalogue is against its rules: nothing was changed
 │    ├── UnansweredChangeError   exit 75  a change whose answer was lost may have been made, or not
 │    ├── AmbiguousChangeError    exit 1   it was made, or something like it: a person must look
 │    ├── WindowSpentError             exit 75  a long pull leaves the rest of the window to others
 │    └── UntrustedPullError           exit 1   the answer is not believable; nothing was changed
 ├── StateError              exit 75  Redis cannot be used as it is configured
 │    ├── StateUnavailableError   exit 75  it is away or refuses for a while; goes on by itself
 │    ├── StateRefusedError       exit 1   its user lacks a right: a person must act
 │    └── EmbeddedRedisError      exit 75  no server can be found or started beside the command
 ├── SourceUnreadError       exit 75  the warehouse was never read whole, so no store is judged
 ├── RefusedReportError      exit 1   what a till reported is not taken; it is told why
 └── LeaseLostError               exit 75  another worker took over; what was begun stays due
"""

from collections.abc import Sequence


class BridgeError(Exception):
    """Base of what the bridge raises on purpose."""

    exit_code = 1


class ConfigError(BridgeError):
    """One or more faults in configuration or usage, reported together."""

    exit_code = 2

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))


class SourceError(BridgeError):
    """Base of what asking the warehouse API may raise.

    status: the HTTP status of the answer, "unsent" when none was asked for, "" when there was no usable one."""

    status = ""


class RetryableSourceError(SourceError):
    """The warehouse API did not answer properly. retry_after: seconds it asked us to wait, if it said."""

    exit_code = 75

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BrokenAnswerError(RetryableSourceError):
    """The warehouse API was reached and its answer is broken: an outage, or something in what was asked for."""


class LateAnswerError(BrokenAnswerError):
    """The warehouse API was reached and took too long to answer."""


class OperatorSourceError(SourceError):
    """Token, scope or address of the warehouse API are wrong."""


class GrantEndedError(OperatorSourceError):
    """The OAuth grant, or the code that was to become one, is not accepted: expired, revoked, or spent."""


class SourceRefusalError(SourceError):
    """A product or a carton cannot be what was asked for; nothing was changed.

    sentence: the server's own, word for word; "" when its limits are known here, and nothing was sent. faults: by
    field where the server named it, else one sentence each."""

    def __init__(self, message: str, *, sentence: str = "", faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.sentence, self.faults = sentence, tuple(faults)


class UnansweredChangeError(SourceError):
    """The answer to a change was lost, and it is not known whether it was made: look before asking again."""

    exit_code = 75


class AmbiguousChangeError(SourceError):
    """The answer to a change was lost, and what is there now may be its work or somebody else's."""


class WindowSpentError(SourceError):
    """A long pull has used its share of the source's window, and goes on in the next one."""

    exit_code = 75
    status = "unsent"


class UntrustedPullError(SourceError):
    """The source's answer is not believable, so nothing was changed."""


class StateError(BridgeError):
    """Redis cannot be used: whatever the state raises for it. What is refused for good and is no right (the password,
    the certificate, a command) is this alone.

    is_answer: whether Redis answered, be it with a refusal."""

    exit_code = 75
    is_answer = False


class StateUnavailableError(StateError):
    """Redis is away, or refuses for a while; nothing was lost, and it goes on by itself."""


class StateRefusedError(StateError):
    """Redis refuses its user a command, a key or a channel."""

    exit_code = 1


class EmbeddedRedisError(StateError):
    """No Redis server can be found or started beside the command."""


class LeaseLostError(BridgeError):
    """Another worker holds what this one held; its batch stays due."""

    exit_code = 75


class SourceUnreadError(BridgeError):
    """Before the first whole pull no SKU is known, and what a store shipped could not be entered anywhere."""

    exit_code = 75


class StillPullingError(SourceUnreadError):
    """A pull takes longer than a store may be kept from others for it."""


class RefusedReportError(BridgeError):
    """A till's report is not taken. The text is what the till is answered. passing: waiting can help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
