"""Settings that every test shares."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

INTEROP = Path(__file__).parent / "interop"
NODE_IS_REQUIRED = os.environ.get("PREVIEW_REQUIRE_NODE") == "1"
"""Set where Node has to be there, so that a test skipped for want of it is a failure."""
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
    """Turn the skip of a single interop test into a failure where Node is required."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _must_run(item.path):
        report.outcome = "failed"
        report.longrepr = _refusal(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole interop file into a failure where Node is required."""
    report = yield
    if report.skipped and _must_run(collector.path):
        report.outcome = "failed"
        report.longrepr = _refusal(report)
    return report


def _must_run(path: Path) -> bool:
    return NODE_IS_REQUIRED and path.is_relative_to(INTEROP)


def _refusal(report: pytest.TestReport | pytest.CollectReport) -> str:
    return f"PREVIEW_REQUIRE_NODE=1, but an interop test was skipped:\n{report.longreprtext}"
