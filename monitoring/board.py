"""The dashboard as Grafana reads it: variables, annotations, and all rows of panels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from monitoring import (
    promql,
    row_of_causes,
    row_of_fleet,
    row_of_jobs,
    row_of_means,
    row_of_surfaces,
)
from monitoring.panels import SOURCE, Ask, Query, Row, drawn
from monitoring.words import Vocabulary

UID = "mobius-preview-worker"
SCHEMA = 41
"""Grafana 12's; older ones read it as well as they can, newer ones migrate it."""
FILTERS = {"queue": "$queue", "instance": "$instance"}

_WORKER_BEGAN = "changes(process_start_time_seconds[5m]) > 0"
_ALERT_FIRES = 'ALERTS{alertname=~"Preview.+",alertstate="firing"}'


def rows() -> tuple[Row, ...]:
    """Return all rows, from what everybody wants to know to what few do."""
    return (
        *row_of_jobs.rows(),
        *row_of_causes.rows(),
        *row_of_means.rows(),
        *row_of_fleet.rows(),
        *row_of_surfaces.rows(),
    )


def queries() -> Iterator[Query]:
    """Yield every query of the dashboard as it is written, annotations included."""
    for row in rows():
        for panel in row.panels:
            yield from panel.queries
    yield Query(_WORKER_BEGAN, rare=True)
    yield Query(_ALERT_FIRES, rare=True)


def check_all(words: Vocabulary) -> None:
    """Raise ``UnknownWordError`` for a query that names what does not exist."""
    for query in queries():
        promql.check(query.expr, words)


def dashboard(words: Vocabulary, runbook: str) -> str:
    """Return the dashboard as JSON."""

    def ask(query: str) -> str:
        return promql.narrow(query, words, FILTERS)

    document = {
        "uid": UID,
        "title": "Mobius preview worker",
        "description": "Written by `make monitoring`, from monitoring/. Changes belong there.",
        "tags": ["mobius", "preview-worker"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [_runbook_link(runbook)],
        "templating": {"list": [_source(), *map(_choice, _CHOICES)]},
        "annotations": {"list": [_began(ask), _fires()]},
        "panels": list(drawn(rows(), ask, runbook)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


_CHOICES: Sequence[tuple[str, str]] = (
    ("queue", "label_values(preview_worker_queue_size, queue)"),
    ("instance", "label_values(preview_worker_build_info, instance)"),
)


def _source() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "refresh": 1,
    }


def _choice(choice: tuple[str, str]) -> dict[str, Any]:
    name, query = choice
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": ["$__all"]},
        "hide": 0,
        "refresh": 2,
        "sort": 1,
    }


def _runbook_link(runbook: str) -> dict[str, Any]:
    return {
        "title": "Runbook",
        "type": "link",
        "icon": "doc",
        "url": runbook,
        "targetBlank": True,
    }


def _began(ask: Ask) -> dict[str, Any]:
    return {
        "name": "A worker began",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": ask(_WORKER_BEGAN),
        "step": "60s",
        "titleFormat": "{{instance}} began",
    }


def _fires() -> dict[str, Any]:
    return {
        "name": "An alert fires",
        "datasource": SOURCE,
        "enable": False,
        "iconColor": "red",
        "expr": _ALERT_FIRES,
        "step": "60s",
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}}",
    }
