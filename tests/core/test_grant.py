"""When a grant is refreshed, and that it never shows its tokens."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.grant import Grant, is_due, is_idle, is_usable

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def grant(life: float = 3600.0, scopes: frozenset[str] = frozenset({"inventory"})) -> Grant:
    return Grant("a-secret", "r-secret", scopes, NOON, NOON, NOON + timedelta(seconds=life))


@pytest.mark.parametrize(
    ("life", "after", "due", "usable"),
    [
        pytest.param(3600, 0, False, True, id="fresh"),
        pytest.param(3600, 3299, False, True, id="more than five minutes are left"),
        pytest.param(3600, 3300, True, True, id="five minutes are left"),
        pytest.param(3600, 3600, True, False, id="ended"),
        pytest.param(60, 29, False, True, id="a short one, in its first half"),
        pytest.param(60, 30, True, True, id="a short one, in its second half"),
    ],
)
def test_when_it_is_refreshed(life: float, after: float, due: bool, usable: bool) -> None:
    now = NOON + timedelta(seconds=after)
    assert (is_due(grant(life), now), is_usable(grant(life), now)) == (due, usable)


def test_a_grant_is_idle_after_a_week() -> None:
    assert not is_idle(grant(), NOON + timedelta(days=6, hours=23))
    assert is_idle(grant(), NOON + timedelta(days=7))


@given(st.floats(0.001, 1e7), st.floats(0.0, 1e7))
def test_what_is_not_due_can_be_used_for_a_while_yet(life: float, after: float) -> None:
    """A fresh one is never due at once, or each request would refresh it."""
    made, now = grant(life), NOON + timedelta(seconds=after)
    assert is_due(made, now) or is_usable(made, now)
    assert life < 0.01 or not is_due(made, NOON)


def test_the_scope_that_is_missing() -> None:
    assert grant().missing == frozenset()
    assert grant(scopes=frozenset({"locations"})).missing == {"inventory"}


def test_it_shows_no_token() -> None:
    assert "secret" not in repr(grant()) + str(grant())
