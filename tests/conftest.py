"""Settings that every test shares."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

_INTEGRATION = Path(__file__).parent / "integration"
DEMANDS = {
    "PREVIEW_REQUIRE_IMAGE": [Path(__file__).parent / "deployment" / "test_image.py"],
    "PREVIEW_REQUIRE_CEPH": [
        Path(__file__).parent / "conformance" / "test_asset_places.py",
        Path(__file__).parent / "conformance" / "test_store.py",
        _INTEGRATION / "test_bucket_assets.py",
        _INTEGRATION / "test_bucket_at_hand.py",
        _INTEGRATION / "test_object_storage.py",
    ],
    "PREVIEW_REQUIRE_NODE": [Path(__file__).parent / "interop"],
    "PREVIEW_REQUIRE_CHROMIUM": [
        _INTEGRATION / "test_chromium.py",
        *_INTEGRATION.glob("test_page*.py"),
    ],
    "PREVIEW_REQUIRE_HOST_TOOLS": [
        Path(__file__).parent / "deployment" / "test_scripts.py",
        Path(__file__).parent / "deployment" / "test_systemd.py",
        Path(__file__).parent / "deployment" / "test_workflows.py",
    ],
    "PREVIEW_REQUIRE_KUBECTL": [*(Path(__file__).parent / "deployment").glob("test_cluster*.py")],
    "PREVIEW_REQUIRE_PROMETHEUS": [
        _INTEGRATION / "test_fire_drill.py",
        _INTEGRATION / "test_metrics_text.py",
        _INTEGRATION / "test_prometheus.py",
        Path(__file__).parent / "deployment" / "test_scaling.py",
        Path(__file__).parent / "unit" / "monitoring" / "test_alerts.py",
        Path(__file__).parent / "unit" / "observability" / "test_questions.py",
    ],
}
"""Set to 1 where a program has to be there, so that a test skipped for want of it is a failure."""
REQUIRED = {name: places for name, places in DEMANDS.items() if os.environ.get(name) == "1"}
SETTING_NAMES = ("PREVIEW_", "REDIS_", "DATA_DIR", "HEALTH_PORT", "LOG_LEVEL", "NODE_ENV")

# An example that takes long on a busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_configure() -> None:
    """Forget the settings of whoever runs the tests: no test is to find their Redis or data."""
    for name in [name for name in os.environ if name.startswith(SETTING_NAMES)]:
        del os.environ[name]


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, the only loop that the worker uses."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a single test into a failure where its program is required."""
    report = yield
    demand = _demand(item.path)
    if report.skipped and not hasattr(report, "wasxfail") and demand:
        report.outcome = "failed"
        report.longrepr = _refusal(demand, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure where its program is required."""
    report = yield
    demand = _demand(collector.path)
    if report.skipped and demand:
        report.outcome = "failed"
        report.longrepr = _refusal(demand, report)
    return report


def _demand(path: Path) -> str | None:
    """Return the name of the variable that wants the tests of ``path`` to run, if one does."""
    demands = (name for name, places in REQUIRED.items() if any(map(path.is_relative_to, places)))
    return next(demands, None)


def _refusal(demand: str, report: pytest.TestReport | pytest.CollectReport) -> str:
    return f"{demand}=1, but a test was skipped:\n{report.longreprtext}"
