"""Settings that cannot hold a lock are refused."""

from __future__ import annotations

import pytest

from preview_worker.queue import QueueSettings


def test_a_killed_workers_job_is_recovered_within_twelve_seconds() -> None:
    """The defaults keep what the documentation says."""
    settings = QueueSettings()
    assert settings.lock_s + 2 * settings.stall_check_s <= 12
    assert settings.renew_s <= 0.5, "a lost lock is to be known well within a second"


@pytest.mark.parametrize(
    "wrong",
    [
        {"renew_s": 8.0},
        {"outage_patience_s": 7.0},
        {"renew_s": 0},
        {"lock_s": 0.5},
        {"stall_check_s": 0},
        {"block_s": 0},
        {"redis_url": "http://h"},
        {"queue_name": ""},
        {"queue_name": "a:b"},
    ],
)
def test_times_and_names_that_cannot_work_are_refused(wrong: dict[str, float | str]) -> None:
    """At the start, in a sentence that names the setting."""
    with pytest.raises(ValueError, match=f"(?i){next(iter(wrong)).split('_')[0]}"):
        QueueSettings(**wrong)  # type: ignore[arg-type] # the point of this test


def test_settings_do_not_show_the_password() -> None:
    """They may end up in a log."""
    assert "hunter2" not in repr(QueueSettings(redis_password="hunter2"))
