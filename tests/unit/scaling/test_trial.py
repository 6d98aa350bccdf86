"""The autoscaling that we ship holds on every shape of load, and what is worse than it fails."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from monitoring.objective import WAIT_S
from scaling import shipped
from scaling.shapes import SHAPES, Shape
from scaling.shipped import Settings, by_cpu, by_jobs
from scaling.trial import Finding, try_endings, try_waits

SERVICES_S = [1.5, 2.0, 2.5, 4.0]
"""Longer than measured ones, so that fewer jobs fill the shapes."""
SEEDS = (1,)


def shape(name: str) -> list[Shape]:
    """Return one shape alone."""
    return [one for one in SHAPES if one.name == name]


PEAK, RISE = shape("lunch peak"), shape("from nothing to full")


def shipped_settings() -> list[object]:
    """Return both, by their names."""
    return [pytest.param(by_jobs(), id="keda"), pytest.param(by_cpu(), id="hpa")]


def broken(findings: list[Finding]) -> set[str]:
    """Return the shapes that do not hold."""
    return {finding.shape for finding in findings if not finding.holds}


@pytest.mark.parametrize("settings", shipped_settings())
def test_nobody_waits_longer_than_the_objective_allows(settings: Settings) -> None:
    """Of all jobs of any shape, 95 % are taken in time, and the fleet did grow for it."""
    found = try_waits(settings, SERVICES_S, SEEDS)
    assert broken(found) == set()
    assert max(one.most_pods for one in found) > settings.scaling.minimum


@pytest.mark.parametrize("settings", shipped_settings())
def test_no_render_is_cut_off_when_pods_end(settings: Settings) -> None:
    """Pods were told to end in the middle of renders, some of which took all the time they may."""
    found = try_endings(settings, SERVICES_S, SEEDS)
    assert sum(one.ended_rendering for one in found) > 0
    assert [one.cut for one in found] == [0] * len(found)


@pytest.mark.parametrize("settings", shipped_settings())
def test_a_render_ends_before_its_worker_and_that_before_its_pod(settings: Settings) -> None:
    """This is why none is cut off, however the load goes."""
    assert settings.render_timeout_s < settings.shutdown_grace_s < settings.termination_grace_s


def test_the_usual_grace_of_kubernetes_kills_renders() -> None:
    """Thirty seconds are too few for renders of up to five minutes."""
    found = try_endings(replace(by_jobs(), termination_grace_s=30), SERVICES_S, SEEDS, PEAK)
    assert sum(one.killed for one in found) > 0


def test_the_usual_grace_of_the_worker_hands_renders_back() -> None:
    """Twenty-five seconds are too few likewise, though nothing is lost."""
    found = try_endings(replace(by_jobs(), shutdown_grace_s=25), SERVICES_S, SEEDS, PEAK)
    assert sum(one.handed_back for one in found) > 0
    assert sum(one.killed for one in found) == 0


def test_a_fleet_that_does_not_grow_lets_jobs_wait() -> None:
    """The load is that of six replicas, and none comes to the first two."""
    settings = by_jobs()
    idle = replace(settings, scaling=replace(settings.scaling, target=500.0))
    assert not try_waits(idle, SERVICES_S, SEEDS, RISE)[0].holds


def test_a_fleet_that_looks_rarely_lets_jobs_wait() -> None:
    """With ten minutes from one scrape to the next, the load is seen too late."""
    slow = replace(by_jobs(), scrape_s=600.0)
    assert try_waits(slow, SERVICES_S, SEEDS, RISE)[0].wait_p95_s > WAIT_S


def test_the_settings_are_those_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of what is shipped is a change of what is tried."""
    folder = tmp_path / "preview-worker"
    shutil.copytree(shipped.FOLDER, folder)
    for name, old, new in (
        ("components/keda/scaledobject.yaml", 'threshold: "2"', 'threshold: "7"'),
        ("components/keda/scaledobject.yaml", "maxReplicaCount: 6", "maxReplicaCount: 9"),
        ("base/hpa.yaml", "averageUtilization: 60", "averageUtilization: 90"),
        ("base/hardened-deployment.yaml", "PeriodSeconds: 360", "PeriodSeconds: 45"),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    monkeypatch.setattr(shipped, "FOLDER", folder)
    assert (by_jobs().scaling.target, by_jobs().scaling.maximum) == (7, 9)
    assert by_cpu().scaling.target == 90
    assert by_jobs().termination_grace_s == 45
