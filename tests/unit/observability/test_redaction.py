"""Secrets do not get out."""

from __future__ import annotations

import pytest

from preview_worker.observability.redaction import is_secret_name, redact, without_quotes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://user:hunter2@host:6379/0", "redis://user:***@host:6379/0"),
        ("redis://:hunter2@host", "redis://:***@host"),
        ("rediss://u:hun:ter2@host:1", "rediss://u:***@host:1"),
        ("redis://:hun@ter/2@host:6379", "redis://:***@host:6379"),
        (
            "from redis://u:hunter2@a to redis://u:hunter2@b",
            "from redis://u:***@a to redis://u:***@b",
        ),
        ("https://h/x?token=hunter2&a=1", "https://h/x?token=***&a=1"),
        ("Authorization: Bearer hunter2hunter2", "Authorization: Bearer ***"),
    ],
)
def test_secrets_are_blotted_out(text: str, shown: str) -> None:
    """What is left tells where, but not the password."""
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text", ["redis://127.0.0.1:6379/0", "http://host:80/path", "half past 10:30 @ home", ""]
)
def test_text_without_secrets_stays_as_it_is(text: str) -> None:
    """Ports and plain words are no secrets."""
    assert redact(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [("redis_password", True), ("API_KEY", True), ("authToken", True), ("job_id", False)],
)
def test_secret_fields_are_known_by_name(name: str, *, secret: bool) -> None:
    """A field that is named like a secret holds one."""
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/steps/0 must be a number, not 'it\\'s'.", "/steps/0 must be a number, not '...'."),
        ("'a' and \"b's\" are one", "'...' are one"),
        ("dryRun must be boolean", "dryRun must be boolean"),
        (
            "Traceback\n  File 'x.py'\nKeyError: 'Title'",
            "Traceback\n  File 'x.py'\nKeyError: '...'",
        ),
    ],
)
def test_what_a_message_quotes_is_left_out(text: str, shown: str) -> None:
    """From the first mark to the last, because what is quoted may hold marks."""
    assert without_quotes(text) == shown
