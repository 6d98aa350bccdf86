"""The closed list of error codes."""

from __future__ import annotations

import pytest

from preview_worker.contract import ErrorCode, PreviewError


def test_codes_are_unique() -> None:
    """A code tells one reason, so no two share one."""
    codes = [member.code for member in ErrorCode]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("member", ErrorCode, ids=lambda member: member.code)
def test_the_class_of_a_code_decides_whether_it_is_retried(member: ErrorCode) -> None:
    """Only what the surroundings did may end differently next time."""
    kind = member.code.partition(".")[0]
    assert kind in {"invalid", "transient", "permanent"}
    assert (kind == "transient") == member.retryable


@pytest.mark.parametrize("member", ErrorCode, ids=lambda member: member.code)
def test_every_code_has_a_fitting_http_status_and_a_sentence(member: ErrorCode) -> None:
    """The payload's faults are 4xx, ours are 5xx, and each can be shown to people."""
    assert (400 if member.code.startswith("invalid.") else 500) == member.http_status // 100 * 100
    assert member.public_message.endswith(".")


def test_a_code_is_found_by_its_name() -> None:
    """Other processes send codes as text."""
    assert ErrorCode.of("transient.disk") is ErrorCode.DISK
    with pytest.raises(ValueError, match="unknown error code"):
        ErrorCode.of("transient.nonsense")


def test_an_error_without_words_takes_those_of_its_code() -> None:
    """No error is ever silent."""
    assert str(PreviewError(ErrorCode.DISK)) == ErrorCode.DISK.public_message
