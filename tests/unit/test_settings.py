"""Settings: read from the environment, checked, dealt to the rooms, and shown without secrets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preview_worker.settings import (
    SettingRow,
    Settings,
    SettingsError,
    describe_settings,
    find_strangers,
    load_settings,
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable away that could set something."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def row_of(name: str) -> SettingRow:
    """Return how a setting is shown."""
    return next(row for row in describe_settings(load_settings()) if row.name == name)


def test_the_defaults_are_those_that_producers_expect() -> None:
    """Without any variable the worker finds the queue where the Node client puts jobs."""
    settings = load_settings()
    assert settings.queue.redis_url == "redis://127.0.0.1:6379"
    assert (settings.queue.queue_name, settings.queue.prefix) == ("preview-jobs", "bull")
    assert (settings.worker.concurrency, settings.preview_queue_max) == (2, 20)
    assert settings.probes.port == 3000


def test_a_redis_url_goes_before_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL says everything, so nothing is mixed in."""
    monkeypatch.setenv("REDIS_HOST", "elsewhere")
    monkeypatch.setenv("REDIS_URL", "rediss://user:pw@redis.example:7000/3")
    assert load_settings().queue.redis_url == "rediss://user:pw@redis.example:7000/3"


def test_host_port_and_password_make_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployments that set the parts need no URL."""
    monkeypatch.setenv("REDIS_HOST", "::1")
    monkeypatch.setenv("REDIS_PORT", "7001")
    monkeypatch.setenv("REDIS_PASSWORD", "hunter2")
    queue = load_settings().queue
    assert (queue.redis_url, queue.redis_password) == ("redis://[::1]:7001", "hunter2")


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Mounted secrets end with a newline that is not part of them."""
    (tmp_path / "password").write_text("hunter2\n")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    assert load_settings().queue.redis_password == "hunter2"
    assert row_of("REDIS_PASSWORD").source == "file"


def test_a_secret_file_that_cannot_be_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The line names the variable and the file."""
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match=r"REDIS_URL_FILE: .*nowhere cannot be read"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("REDIS_PORT", "70000", "REDIS_PORT: Input should be less than or equal to 65535"),
        ("PREVIEW_QUEUE_MAX", "many", "PREVIEW_QUEUE_MAX: Input should be a valid integer"),
        ("PREVIEW_WORKER_CONCURRENCY", "-1", "PREVIEW_WORKER_CONCURRENCY: Input should be greater"),
        ("REDIS_URL", "http://redis:6379", "REDIS_URL: must look like redis://"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: Input should be 'debug'"),
        ("PREVIEW_QUEUE_NAME", "a:b", "PREVIEW_QUEUE_NAME: must not be empty nor contain ':'"),
    ],
)
def test_a_wrong_value_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    """It says which variable and what would be right."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_several_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody likes to start a program once for every mistake."""
    monkeypatch.setenv("REDIS_PORT", "x")
    monkeypatch.setenv("HEALTH_PORT", "y")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert len(str(refused.value).splitlines()) == 2


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The complaint about a URL does not print its password."""
    monkeypatch.setenv("REDIS_URL", "redi://:hunter2@host")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_secrets_are_masked_when_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator sees where Redis is, and nobody sees how to get in."""
    monkeypatch.setenv("REDIS_URL", "redis://user:hunter2@redis.example:6379")
    monkeypatch.setenv("REDIS_PASSWORD", "hunter3")
    rows = describe_settings(load_settings())
    text = " ".join(row.value for row in rows)
    assert "redis.example" in text
    assert "hunter" not in text


def test_the_source_of_a_value_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default and environment are told apart."""
    monkeypatch.setenv("PREVIEW_QUEUE_MAX", "7")
    assert row_of("PREVIEW_QUEUE_MAX").source == "environment"
    assert row_of("HEALTH_PORT").source == "default"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files and manifests leave variables empty when they have no value."""
    monkeypatch.setenv("PREVIEW_QUEUE_MAX", "")
    assert load_settings().preview_queue_max == 20
    assert row_of("PREVIEW_QUEUE_MAX").source == "default"


@pytest.mark.parametrize(("most", "expected"), [("0", 0), ("1", 1), ("9", 2)])
def test_the_older_name_for_concurrency_is_an_upper_bound(
    monkeypatch: pytest.MonkeyPatch, most: str, expected: int
) -> None:
    """Setting it to 0 takes a worker out of service, as runbooks say."""
    monkeypatch.setenv("PREVIEW_MAX_CONCURRENCY", most)
    assert load_settings().worker.concurrency == expected


def test_a_limit_of_projects_is_told_to_the_queue_and_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one holds it, and the other asks for places only if there is one."""
    free = load_settings()
    assert (free.queue.project_max_active, free.worker.bounded_projects) == (0, False)
    monkeypatch.setenv("PREVIEW_PROJECT_MAX_ACTIVE", "4")
    bounded = load_settings()
    assert (bounded.queue.project_max_active, bounded.worker.bounded_projects) == (4, True)


def test_log_levels_are_read_in_any_case_and_in_nodes_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Node's loggers say warn where Python's say warning."""
    monkeypatch.setenv("LOG_LEVEL", "WARN")
    assert load_settings().log_level == "warning"


def test_pictures_come_from_the_data_folder_unless_roots_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Uploads and assets are where the other services put them."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert load_settings().render.asset_roots == (tmp_path / "assets", tmp_path / "uploads")
    monkeypatch.setenv("PREVIEW_ASSET_ROOTS", os.pathsep.join(["/a", "/b"]))
    assert load_settings().render.asset_roots == (Path("/a"), Path("/b"))


def test_a_misspelt_name_is_told_with_the_nearest_right_one() -> None:
    """Variables with our prefix that mean nothing are almost always typing errors."""
    strangers = find_strangers({"PREVIEW_QUEU_MAX": "1", "OTHER": "2", "PREVIEW_QUEUE_MAX": "3"})
    assert strangers == ["PREVIEW_QUEU_MAX is not a setting; PREVIEW_QUEUE_MAX is"]


def test_the_way_to_redis_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A secret's file is remembered, so that what it holds later can be read again."""
    secret = tmp_path / "password"
    secret.write_text("p\n")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("PREVIEW_REDIS_SENTINEL_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("PREVIEW_REDIS_SENTINELS", "a:26379,b:26379")
    monkeypatch.setenv("PREVIEW_REDIS_CA_FILE", "/ca.pem")
    settings = load_settings().queue
    connection = settings.connection
    assert (settings.redis_password, connection.password_file) == ("p", secret)
    assert [str(node) for node in connection.sentinels] == ["a:26379", "b:26379"]
    assert (connection.sentinel_password, connection.ca_file) == ("p", Path("/ca.pem"))
    assert find_strangers() == []


def test_nodes_that_cannot_be_read_are_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what a list of nodes looks like."""
    monkeypatch.setenv("PREVIEW_REDIS_CLUSTER", "here")
    with pytest.raises(SettingsError, match=r"^PREVIEW_REDIS_CLUSTER: must look like host:port"):
        load_settings()


def test_values_that_do_not_go_together_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is good by itself, so no single name can be blamed."""
    monkeypatch.setenv("PREVIEW_REDIS_CLUSTER", "a:1")
    with pytest.raises(SettingsError, match="prefix must hold a word in braces"):
        load_settings()
    monkeypatch.setenv("PREVIEW_QUEUE_PREFIX", "{bull}")
    assert load_settings().queue.connection.cluster


def test_a_brand_comes_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As its text, which render processes take along."""
    path = tmp_path / "brand.json"
    path.write_text('{"name": "Moss & Fern"}', encoding="utf-8")
    monkeypatch.setenv("PREVIEW_BRAND_FILE", str(path))

    assert load_settings().render.brand == '{"name": "Moss & Fern"}'


@pytest.mark.parametrize("content", [None, b"[]", b"{", b"\xff", b"[" * 100_000, b" " * 300_000])
def test_a_brand_that_cannot_be_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    """With the variable's name."""
    path = tmp_path / "brand.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("PREVIEW_BRAND_FILE", str(path))

    with pytest.raises(SettingsError, match="PREVIEW_BRAND_FILE: "):
        load_settings()
