"""Every alert fires when it should and is silent when it should be, as Prometheus computes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitoring.__main__ import FOLDER, groups
from monitoring.promql import names
from monitoring.rules import Alert, Group, Record, anchor, rule_file
from monitoring.words import fresh_metrics
from tests.unit.monitoring.case import Case, Figures, backlog, jobs, series
from tests.unit.monitoring.cases_of_jobs import BUDGET_CASES, JOB_CASES
from tests.unit.monitoring.cases_of_workers import QUEUE_CASES, SURFACE_CASES, WORKER_CASES

PROMTOOL = shutil.which("promtool")
RECORDED, TOLD = groups()
ALERTS = {alert.name: alert for group in TOLD for alert in group.alerts}
CASES = {**BUDGET_CASES, **JOB_CASES, **QUEUE_CASES, **WORKER_CASES, **SURFACE_CASES}
RUNBOOK = "https://docs.example.org/runbook.md"
FILES = [str(FOLDER / name) for name in ("recording.yml", "alerts.yml")]

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool on the PATH")


def run_promtool(*arguments: str) -> str:
    """Run promtool and return what it says; fail when it does not agree."""
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, check=False, timeout=170
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(
    folder: Path, groups_tried: Sequence[Group], *tests: Mapping[str, Any], every: str
) -> None:
    """Have promtool compute rules over the figures of ``tests``. JSON is YAML."""
    (folder / "rules.yml").write_text(rule_file(groups_tried, RUNBOOK), encoding="utf-8")
    suite = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": every,
        "group_eval_order": [group.name for group in groups_tried],
        "tests": tests,
    }
    path = folder / "tests.yml"
    path.write_text(json.dumps(suite), encoding="utf-8")
    run_promtool("test", "rules", str(path))


def needed_by(alert: Alert) -> list[Group]:
    """Return the alert and whatever has to be recorded for it; to compute all would take long."""
    needed = names(alert.expr)
    recorded: list[Group] = []
    for group in reversed(RECORDED):
        kept: list[Alert | Record] = []
        for rule in reversed(group.rules):
            if isinstance(rule, Record) and rule.name in needed:
                needed |= names(rule.expr)
                kept.insert(0, rule)
        recorded.insert(0, replace(group, rules=tuple(kept)))
    return [*recorded, Group(name="tried", interval="30s", rules=(alert,))]


def trial(case: Case, alert: Alert, *, fires: bool) -> dict[str, Any]:
    """Return a test of an alert in promtool's words."""
    told = {
        "exp_labels": {"severity": alert.severity, **case.labels},
        "exp_annotations": {
            "summary": case.summary,
            "description": " ".join(alert.description.split()),
            "runbook_url": f"{RUNBOOK}#{anchor(alert.name)}",
        },
    }
    look = {"eval_time": case.at, "alertname": alert.name, "exp_alerts": [told] if fires else []}
    return {
        "interval": case.every,
        "input_series": _input(case.fires if fires else case.quiet),
        "alert_rule_test": [look],
    }


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_for_its_reason_and_for_no_lesser_one(name: str, tmp_path: Path) -> None:
    """Once with all that people are told, and once not at all for figures nearly as bad."""
    case, alert = CASES[name], ALERTS[name]

    run_tests(
        tmp_path,
        needed_by(alert),
        trial(case, alert, fires=True),
        trial(case, alert, fires=False),
        every=case.every,
    )


def test_every_case_is_one_of_an_alert() -> None:
    """And each alert has one, or the test above would not find it."""
    assert CASES.keys() == ALERTS.keys()


def test_a_service_without_workers_does_not_hide_behind_another(tmp_path: Path) -> None:
    """One has workers, the other had some: people are told which."""
    alert = ALERTS["PreviewWorkersAbsent"]
    case = Case(
        fires={series("preview_worker_concurrency"): "2x30", **staging("concurrency", "2x9 0x20")},
        quiet={},
        labels={"job": "staging"},
        summary="No worker of staging takes jobs",
    )

    run_tests(tmp_path, needed_by(alert), trial(case, alert, fires=True), every="1m")


def test_jobs_of_a_small_service_do_not_hide_behind_a_large_one(tmp_path: Path) -> None:
    """All jobs of the one fail, which is a hundredth of both together."""
    alert = ALERTS["PreviewJobHighFailureRate"]
    case = Case(
        fires={
            **jobs(completed="0+100x30", failed="0x30"),
            **{
                name.replace("preview-worker", "staging"): values
                for name, values in jobs(completed="0x30", failed="0+1x30").items()
            },
        },
        quiet={},
        labels={"job": "staging"},
        summary="100% of jobs fail",
    )

    run_tests(tmp_path, needed_by(alert), trial(case, alert, fires=True), every="1m")


def test_no_alert_fires_where_nothing_happens(tmp_path: Path) -> None:
    """A worker that was well and idle for an hour divides no zero by zero, and wakes nobody."""
    idle = {
        **dict(_fresh()),
        **backlog("0x90"),
        series("up"): "1x90",
        series("preview_worker_concurrency"): "2x90",
        series("preview_worker_queue_up"): "1x90",
        series("preview_worker_queue_counts_age_seconds"): "0.5x90",
        series("preview_worker_sandbox_mode", mode="full"): "1x90",
        series("preview_worker_queue_max_jobs"): "20x90",
        series("preview_worker_disk_size_bytes"): "100x90",
        series("preview_worker_disk_free_bytes"): "80x90",
        series("preview_worker_dead_letters"): "3x90",
    }
    silent = {"expr": 'count(ALERTS{alertstate="firing"})', "eval_time": "1h", "exp_samples": []}
    run_tests(
        tmp_path,
        (*RECORDED, *TOLD),
        {"interval": "1m", "input_series": _input(idle), "promql_expr_test": [silent]},
        every="1m",
    )


def test_prometheus_reads_the_rules() -> None:
    """All of them, and without a word of complaint."""
    said = run_promtool("check", "rules", *FILES)

    many = sum(len(group.rules) for group in (*RECORDED, *TOLD))
    assert sum(map(int, re.findall(r"SUCCESS: (\d+) rules found", said))) == many
    assert "FAILED" not in said


def staging(name: str, values: str) -> Figures:
    """Return a series of a worker that another scrape job finds."""
    return {series(f"preview_worker_{name}").replace("preview-worker", "staging"): values}


def test_the_configuration_in_the_documents_is_one_that_prometheus_takes(tmp_path: Path) -> None:
    """As it stands there, beside the files that it names."""
    text = (FOLDER.parents[1] / "docs" / "monitoring.md").read_text(encoding="utf-8")
    (config,) = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    (tmp_path / "prometheus.yml").write_text(config, encoding="utf-8")
    for path in FILES:
        (tmp_path / Path(path).name).symlink_to(path)

    said = run_promtool("check", "config", str(tmp_path / "prometheus.yml"))

    assert f"{len(FILES)} rule files found" in said
    assert "is valid prometheus config file" in said


def _fresh() -> Iterator[tuple[str, str]]:
    """Yield all that a worker exposes before anything happened."""
    text = generate_latest(fresh_metrics().instruments.registry).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield series(sample.name, **sample.labels), f"{sample.value}x90"


def _input(figures: Figures) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in figures.items()]
