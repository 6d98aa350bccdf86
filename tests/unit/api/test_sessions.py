"""Sessions: opened, recognised, over, and never forged."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.api.sessions import Sessions


def test_a_session_is_recognised_with_its_name() -> None:
    """Nothing has to be kept for that."""
    sessions = Sessions(b"secret", 60)

    found = sessions.find(sessions.open("olga"))

    assert found is not None
    assert found.name == "olga"
    assert len(found.token) > 30


def test_two_sessions_of_one_name_have_different_tokens() -> None:
    """A token that was seen once is of no use in another session."""
    sessions = Sessions(b"secret", 60)

    tokens = {sessions.find(sessions.open("olga")) for _ in range(2)}

    assert len(tokens) == 2


def test_a_session_ends() -> None:
    """Its end stands in the cookie, under the signature."""
    sessions = Sessions(b"secret", -1)

    assert sessions.find(sessions.open("olga")) is None


def test_another_server_knows_it_by_the_same_secret_alone() -> None:
    """Without a configured secret each start has its own."""
    cookie = Sessions(b"secret", 60).open("olga")

    assert Sessions(b"secret", 60).find(cookie) is not None
    assert Sessions(b"other", 60).find(cookie) is None
    assert Sessions(None, 60).find(cookie) is None


def test_a_name_that_was_changed_is_not_believed() -> None:
    """The signature is over all of it."""
    sessions = Sessions(b"secret", 60)
    packed, _, signature = sessions.open("olga").partition(".")
    body = json.loads(base64.urlsafe_b64decode(packed + "=="))
    body[1] = "admin"
    forged = base64.urlsafe_b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()

    assert sessions.find(f"{forged}.{signature}") is None


@given(st.text())
def test_nonsense_is_no_session(cookie: str) -> None:
    """And never an error: anybody may send it."""
    assert Sessions(b"secret", 60).find(cookie) is None


@pytest.mark.parametrize("cookie", ["", ".", "e30.e30", "A" * 100_000])
def test_odd_cookies_are_no_session(cookie: str) -> None:
    """Whatever their form."""
    assert Sessions(b"secret", 60).find(cookie) is None
