"""A Prometheus that the tests start themselves, over a worker and with our rules."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from monitoring.rules import Group, rule_file
from tests.redis_programs import free_port

PROMETHEUS = shutil.which("prometheus")
"""None where there is none on the PATH."""
_PATIENCE_S = 90


class Prometheus:
    """A server that scrapes one worker every second and computes our rules as often."""

    def __init__(self, client: httpx.Client) -> None:
        """Ask it with ``client``."""
        self._client = client

    def ask(self, query: str) -> list[float]:
        """Return the values that a query has now; fail when it is not understood."""
        answer = self._client.get("/api/v1/query", params={"query": query})
        told = answer.json()
        assert told["status"] == "success", f"{query}: {told}"
        assert not told.get("warnings"), f"{query}: {told['warnings']}"
        return [float(one["value"][1]) for one in told["data"]["result"]]

    def until(self, query: str) -> None:
        """Return when a query has an answer."""
        _wait(lambda: bool(self.ask(query)), lambda: f"An answer to {query}")

    def exemplars(self, query: str) -> list[dict[str, Any]]:
        """Return what single observations of a series are told of."""
        span = {"start": str(time.time() - 600), "end": str(time.time() + 60)}
        answer = self._client.get("/api/v1/query_exemplars", params={"query": query, **span})
        return [one for found in answer.json()["data"] for one in found["exemplars"]]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire now."""
        told = self._client.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in told if alert["state"] == "firing"}

    def until_firing(self, *alerts: str) -> None:
        """Return when all these alerts fire."""
        _wait(
            lambda: self.firing() >= set(alerts),
            lambda: f"{set(alerts) - self.firing()} beside {self.firing()}",
        )

    def until_only(self, *alerts: str) -> None:
        """Return when no alert fires but these; some come and go before a worker has begun."""
        _wait(
            lambda: self.firing() <= set(alerts),
            lambda: f"The end of {self.firing() - set(alerts)}",
        )

    def until_computed(self, recorded: str) -> None:
        """Return when all that was scraped by now has gone into a recorded series, and into alerts.

        They are computed every second, but not in the same instant.
        """
        (now_s,) = self.ask("vector(time())")
        self.until(f"timestamp({recorded}) > {now_s + 3}")

    def rules(self) -> list[dict[str, Any]]:
        """Return all rules with what became of their last evaluation."""
        told = self._client.get("/api/v1/rules").json()
        return [rule for group in told["data"]["groups"] for rule in group["rules"]]


@contextmanager
def a_prometheus(folder: Path, target: str, rules: Iterable[Group]) -> Iterator[Prometheus]:
    """Run one that scrapes ``target`` and computes ``rules``, whatever their own interval."""
    assert PROMETHEUS is not None
    folder.mkdir()
    often = [replace(group, interval="1s") for group in rules]
    (folder / "rules.yml").write_text(rule_file(often, "https://docs.example.org/runbook.md"))
    scraped = {"job_name": "preview-worker", "static_configs": [{"targets": [target]}]}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [scraped],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    address = f"127.0.0.1:{free_port()}"
    flags = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "series",
        "web.listen-address": address,
        "log.level": "warn",
        "enable-feature": "exemplar-storage",
    }
    command = [PROMETHEUS, *(f"--{name}={value}" for name, value in flags.items())]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
            _wait(lambda: _is_ready(client), lambda: "The start of Prometheus")
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False


def _wait(there: Callable[[], bool], awaited: Callable[[], str]) -> None:
    """Return when something is there; Prometheus tells nobody of its scrapes, so it is asked."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not there():
        assert time.monotonic() < deadline_s, f"{awaited()} did not come"
        time.sleep(0.1)
