"""Writes the files for Prometheus and Grafana: ``python -m monitoring``, or ``make monitoring``.

What it writes is committed, under ``deploy/monitoring/`` and ``k8s/``; tests compare.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from monitoring import board, objective, on_jobs, on_queue, on_surfaces, on_workers, rules, words
from monitoring.rules import Group

FOLDER = words.ROOT / "deploy" / "monitoring"
_COMPONENT = words.ROOT / "k8s" / "preview-worker" / "components" / "monitoring"
MANIFEST = _COMPONENT / "alert-rule-preview-worker.yaml"
"""The object for the operator once more: kustomize reads nothing outside of its folder."""
DOCS = "https://github.com/mobius-org/mobius-preview-worker/blob/main/docs"
"""Where people who are told of an alert find the runbook, unless they keep it elsewhere."""


def groups() -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Return what is recorded, and what people are told of."""
    alerts = (
        objective.alerts(),
        on_jobs.alerts(),
        on_queue.alerts(),
        on_workers.alerts(),
        on_surfaces.alerts(),
    )
    return tuple(objective.recorded()), alerts


def written(docs: str = DOCS) -> Mapping[str, str]:
    """Return all files by their names.

    Raise ``UnknownWordError`` when a query names what does not exist.
    """
    runbook = f"{docs.rstrip('/')}/runbook.md"
    known = words.vocabulary()
    recorded, alerts = groups()
    rules.check_all((*recorded, *alerts), known)
    board.check_all(known)
    return {
        "recording.yml": rules.rule_file(recorded, runbook),
        "alerts.yml": rules.rule_file(alerts, runbook),
        "prometheusrule.yaml": rules.rule_object((*recorded, *alerts), runbook),
        "dashboard.json": board.dashboard(known, runbook),
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(prog="python -m monitoring", description=__doc__)
    parser.add_argument("--docs", default=DOCS, help="where docs/ can be read")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the files go")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    files = written(given.docs)
    for name, text in files.items():
        (given.out / name).write_text(text, encoding="utf-8")
    if given.out == FOLDER:
        MANIFEST.write_text(files["prometheusrule.yaml"], encoding="utf-8")


if __name__ == "__main__":
    main()
