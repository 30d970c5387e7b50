"""The one way everybody here speaks HTTP, the connectors, 3PLGuys and webhooks alike.

client.py   one client builder: timeouts on, redirects off (a token must never follow one), certificates checked
body.py     one reader: a body within its bounds, unpacked piece by piece, whatever library received it
broken.py   why there is no answer, whatever library says so
meaning.py  one table from status, and one from what broke, to what is to be done
errors.py   a StoreError of it; whoever has errors of its own (3PLGuys, webhooks) makes those of the same tables
headers.py  clocks and waits that an answer tells

A text that is made here names the thing and the remedy and never contains a body, a header or a query string, because
any of these may hold a secret.
"""

from connectors.http.body import BODY_LIMIT, Bounds, unpacked
from connectors.http.broken import NO_ANSWER_ERRORS, BodyError, NoAnswer, what_broke
from connectors.http.client import DEADLINE, Answer, authorities, body_of, build_client, exchange, json_of, opened
from connectors.http.errors import error_for, error_from, redirect_target
from connectors.http.headers import Clock, Now, clock_of, date_of, retry_after, utc_now
from connectors.http.meaning import NO_ANSWER, Rule, is_redirect, rule_for

__all__ = [
    "BODY_LIMIT",
    "DEADLINE",
    "NO_ANSWER",
    "NO_ANSWER_ERRORS",
    "Answer",
    "BodyError",
    "Bounds",
    "Clock",
    "NoAnswer",
    "Now",
    "Rule",
    "authorities",
    "body_of",
    "build_client",
    "clock_of",
    "date_of",
    "error_for",
    "error_from",
    "exchange",
    "is_redirect",
    "json_of",
    "opened",
    "redirect_target",
    "retry_after",
    "rule_for",
    "unpacked",
    "utc_now",
    "what_broke",
]
