"""Panels of the dashboard as values, and as Grafana writes them down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from textwrap import dedent
from typing import Any, Literal

from monitoring.rules import anchor

Shape = Literal["timeseries", "stat", "table", "heatmap"]
Steps = tuple[tuple[float | None, str], ...]
"""Colours by value: the first, without a bound, is for whatever is below all others."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GRID_COLUMNS = 24
_WITHOUT_TIME = [{"id": "organize", "options": {"excludeByName": {"Time": True}}}]


@dataclass(frozen=True, slots=True)
class Query:
    """What a panel asks."""

    expr: str
    legend: str = ""
    rare: bool = False
    """Whether there is no answer while all is well, or before it happened for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture. Its title says or asks something, ``about`` says how to read it."""

    title: str
    about: str
    queries: tuple[Query, ...]
    unit: str
    """One of Grafana's units, such as ``s``, ``percentunit``, ``bytes``."""
    shape: Shape = "timeseries"
    width: int = 8
    height: int = 8
    steps: Steps = ()
    stacked: bool = False
    most: float | None = None
    """The end of the scale, where it has one."""
    alerts: tuple[str, ...] = ()
    """Alerts on what is seen here; the panel links to their sections of the runbook."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]
    folded: bool = False
    """Whether somebody has to want to see it."""


Ask = Callable[[str], str]
"""Makes a query that is written plainly one that keeps to the variables of the dashboard."""


def drawn(rows: Sequence[Row], ask: Ask, runbook: str) -> Iterator[dict[str, Any]]:
    """Yield all rows and panels, each with its number and its place on the grid.

    Panels of a folded row lie in it, and ask nothing before somebody unfolds it.
    """
    number, top = 0, 0
    for row in rows:
        number += 1
        numbers = range(number + 1, number + 1 + len(row.panels))
        placed = [
            {"id": one, "gridPos": place, **_panel(panel, ask, runbook)}
            for one, panel, place in zip(numbers, row.panels, _places(row, top + 1), strict=True)
        ]
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": row.folded,
            "gridPos": {"h": 1, "w": GRID_COLUMNS, "x": 0, "y": top},
            "panels": placed if row.folded else [],
        }
        if not row.folded:
            yield from placed
            top = max(place["y"] + place["h"] for place in _places(row, top + 1)) - 1
        number, top = number + len(row.panels), top + 1


def _places(row: Row, top: int) -> Iterator[dict[str, int]]:
    """Yield where the panels of a row lie: from left to right, and on below."""
    left = height = 0
    for panel in row.panels:
        if left + panel.width > GRID_COLUMNS:
            top, left, height = top + height, 0, 0
        yield {"h": panel.height, "w": panel.width, "x": left, "y": top}
        left += panel.width
        height = max(height, panel.height)


def _panel(panel: Panel, ask: Ask, runbook: str) -> dict[str, Any]:
    return {
        "type": panel.shape,
        "title": panel.title,
        "description": " ".join(panel.about.split()),
        "datasource": SOURCE,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "targets": list(_targets(panel, ask)),
        "transformations": _WITHOUT_TIME if panel.shape == "table" else [],
        "links": [
            {"title": f"Runbook: {name}", "url": f"{runbook}#{anchor(name)}", "targetBlank": True}
            for name in panel.alerts
        ],
    }


def _targets(panel: Panel, ask: Ask) -> Iterator[dict[str, Any]]:
    at_once = panel.shape in {"stat", "table"}
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        yield {
            "refId": letter,
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": ask(dedent(query.expr).strip()),
            "legendFormat": query.legend or "__auto",
            "instant": at_once,
            "range": not at_once,
            "exemplar": panel.shape == "timeseries" and "_bucket" in query.expr,
            "format": {"table": "table", "heatmap": "heatmap"}.get(panel.shape, "time_series"),
        }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = panel.steps or ((None, "green"),)
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "color": {"mode": "thresholds" if panel.shape == "stat" else "palette-classic"},
        "thresholds": {
            "mode": "absolute",
            "steps": [{"value": value, "color": colour} for value, colour in steps],
        },
    }
    if panel.most is not None:
        defaults["max"] = panel.most
    if panel.shape == "stat":
        defaults["noValue"] = "none"
    if panel.shape == "timeseries":
        defaults["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if panel.stacked else 5,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"},
        }
    return defaults


def _options(panel: Panel) -> dict[str, Any]:
    if panel.shape == "stat":
        return {
            "colorMode": "background" if panel.steps else "value",
            "graphMode": "none",
            "textMode": "auto",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    if panel.shape == "table":
        return {"showHeader": True, "cellHeight": "sm"}
    if panel.shape == "heatmap":
        return {
            "calculate": False,
            "yAxis": {"unit": panel.unit},
            "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
            "cellGap": 1,
            "tooltip": {"mode": "single", "yHistogram": True},
        }
    several = len(panel.queries) > 1 or any("by (" in query.expr for query in panel.queries)
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": several},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
