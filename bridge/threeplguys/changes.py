"""One change of the catalogue at 3PLGuys, made once although its answer may be lost.

A creation is not idempotent there, and no change has a key by which it could be known again. So a change whose answer
was lost is never simply repeated: first it is looked whether it was made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bridge.errors import (
    AmbiguousChangeError,
    BrokenAnswerError,
    LateAnswerError,
    SourceError,
    SourceRefusalError,
    UnansweredChangeError,
)
from bridge.threeplguys.answers import UNCHANGED, Answer, failure, refusal
from connectors.base import Sender
from connectors.http import rule_for

TRIES = 3
"""So often one change is sent, when its answer is lost each time and it was not made."""
LATE = (408, 504)
"""What a gateway says when whoever works behind it has not finished."""

T = TypeVar("T")


class LostReplyError(SourceError):
    """A change was sent, and no answer says what became of it. is_late: it may still be made. It never leaves here."""

    def __init__(self, cause: SourceError, *, is_late: bool) -> None:
        super().__init__(str(cause))
        self.is_late, self.status = is_late, cause.status


@dataclass(frozen=True)
class Change(Generic[T]):
    """thing: in words, e.g. 'the product "ABC123"'. write: sends it, and reads the answer; raises what `answered`
    raises. look: what it has made, None where it was not made; may raise AmbiguousChangeError. waits_if_late: where
    nothing at 3PLGuys keeps it from being made twice, it is not sent again while the first may still be made.
    """

    thing: str
    write: Callable[[], T]
    look: Callable[[], T | None]
    waits_if_late: bool = False

    def made(self, send: Sender) -> T:
        """What the change made. Raises SourceRefusalError, UnansweredChangeError, AmbiguousChangeError, or another
        SourceError where it was certainly not made."""
        try:
            return send(self.write)
        except LostReplyError as fault:
            lost = fault
        try:
            found = self.look()
            for _ in range(TRIES - 1):
                if found is not None or (lost.is_late and self.waits_if_late):
                    break
                found, lost = self._made_again(send, lost)
        except (AmbiguousChangeError, SourceRefusalError):
            raise
        except SourceError as fault:
            raise self._unanswered(lost) from fault
        if found is None:
            raise self._unanswered(lost) from lost
        return found

    def _made_again(self, send: Sender, lost: LostReplyError) -> tuple[T | None, LostReplyError]:
        """Send it once more, and look: an earlier one may have been made meanwhile, beside this one or in its place."""
        made, refused = None, None
        try:
            made = send(self.write)
        except LostReplyError as fault:
            lost = fault
        except SourceRefusalError as fault:
            refused = fault
        found = self.look() or made
        if found is None and refused is not None:
            raise refused
        return found, lost

    def _unanswered(self, lost: LostReplyError) -> UnansweredChangeError:
        why = str(lost).removesuffix(UNCHANGED).rstrip(" ;.")
        return UnansweredChangeError(
            f"{why}; whether that was done which was asked of {self.thing} is not known. Wait a minute, then look"
            " before you ask again."
        )


def answered(ask: Callable[[], Answer], thing: str) -> Answer:
    """The answer of a change that was made. Raises LostReplyError where nobody can tell, SourceRefusalError with the
    server's own sentence, and another SourceError where it was not made and waiting, or a person, can help."""
    try:
        answer = ask()
    except BrokenAnswerError as fault:
        raise LostReplyError(fault, is_late=isinstance(fault, LateAnswerError)) from fault
    if 200 <= answer.status < 300:
        return answer
    rule = rule_for(answer.status)
    if rule.again and rule.sent:
        raise LostReplyError(failure(answer), is_late=answer.status in LATE)
    raise refusal(answer, thing) or failure(answer)
