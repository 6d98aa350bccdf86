"""Whether and where traces are sent: the variables of OpenTelemetry, as they are meant."""

from __future__ import annotations

import pytest

from preview_worker.settings import Settings, SettingsError, load_settings

COLLECTOR = "http://collector:4318"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable away that could set something."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "value", "endpoint"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR, f"{COLLECTOR}/v1/traces"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", f"{COLLECTOR}/in/", f"{COLLECTOR}/in/v1/traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{COLLECTOR}/mine", f"{COLLECTOR}/mine"),
    ],
)
def test_traces_go_where_the_variables_say(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, endpoint: str
) -> None:
    """The general address gets a path, the one for traces is taken as it is."""
    monkeypatch.setenv(name, value)
    traces = load_settings().traces
    assert traces is not None
    assert traces.endpoint == endpoint


def test_nothing_is_sent_unless_somebody_takes_it() -> None:
    """No default address is tried."""
    assert load_settings().traces is None


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")]
)
def test_traces_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Where an address is set for all services."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    monkeypatch.setenv(name, value)
    assert load_settings().traces is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
    ],
)
def test_what_would_lose_every_trace_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """With the name of the variable."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        load_settings()
