"""Who we are is read anew each time, and a file that is being replaced does no harm."""

from __future__ import annotations

from pathlib import Path

from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.credentials import Credentials
from preview_worker.queue.settings import QueueSettings


def test_the_password_is_the_files_as_it_is_now(tmp_path: Path) -> None:
    """One trailing newline is not part of it."""
    file = tmp_path / "password"
    file.write_text("a\n")
    settings = QueueSettings(connection=ConnectionSettings(password_file=file))
    credentials = Credentials(settings)
    assert credentials.read().password == "a"
    file.write_text("b")
    assert credentials.read().password == "b"


def test_what_a_file_held_last_is_kept_while_it_cannot_be_read(tmp_path: Path) -> None:
    """It may be empty or absent for a moment."""
    file = tmp_path / "password"
    file.write_text("a")
    settings = QueueSettings(connection=ConnectionSettings(password_file=file))
    credentials = Credentials(settings)
    credentials.read()
    file.write_text("")
    assert credentials.read().password == "a"
    file.unlink()
    assert credentials.read().password == "a"


def test_a_url_that_makes_no_sense_is_not_used(tmp_path: Path) -> None:
    """The last good one is, and the next good one after it."""
    file = tmp_path / "url"
    settings = QueueSettings(
        redis_url="redis://first", connection=ConnectionSettings(url_file=file)
    )
    credentials = Credentials(settings)
    file.write_text("half a u")
    assert credentials.read().host == "first"
    file.write_text("redis://second")
    assert credentials.read().host == "second"


def test_a_user_is_named_only_with_a_password() -> None:
    """The URL's user goes before that of the settings."""
    ours = ConnectionSettings(username="worker")
    assert Credentials(QueueSettings(connection=ours)).read().username is None
    named = QueueSettings(redis_password="p", connection=ours)
    assert Credentials(named).read().username == "worker"
    other = QueueSettings(redis_url="redis://other:p@h", connection=ours)
    assert Credentials(other).read().username == "other"
