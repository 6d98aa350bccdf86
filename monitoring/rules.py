"""Alerts and recorded series as values, and how they look in Prometheus' and Kubernetes' files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, Literal

import yaml

from monitoring import promql
from monitoring.words import Vocabulary

BY_SERVICE = "namespace, job"
"""What figures are summed over: the workers of one scrape job in one namespace, which are usually
one deployment. Staging is not to hide behind production."""

COUNT = '{{ $value | printf "%.0f" }}'
"""How many, in a summary: what ``increase`` makes of three may be 3.02."""

Severity = Literal["critical", "warning"]
"""``critical`` wakes somebody, ``warning`` is looked at in working hours."""

_HEAD = "# Written by `make monitoring`, from monitoring/. Changes belong there.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that people are told of; its name is its section in docs/runbook.md as well."""

    name: str
    expr: str
    lasts: str
    """How long it has to hold before anybody is told."""
    severity: Severity
    summary: str
    """One line, with the value."""
    description: str
    """What it means for those who wait for previews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A series that Prometheus keeps, so that long windows are not computed at each look."""

    name: str
    expr: str
    labels: tuple[str, ...] = ("namespace", "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated together, one after the other."""

    name: str
    interval: str
    rules: tuple[Alert | Record, ...]

    @property
    def alerts(self) -> Iterator[Alert]:
        """The alerts among the rules."""
        return (rule for rule in self.rules if isinstance(rule, Alert))


def check_all(groups: Iterable[Group], words: Vocabulary) -> None:
    """Check every query; what is recorded is known to those that come later."""
    for group in groups:
        for rule in group.rules:
            promql.check(rule.expr, words)
            if isinstance(rule, Record):
                words.learn(rule.name, rule.labels)


def rule_file(groups: Iterable[Group], runbook: str) -> str:
    """Return a file for Prometheus' ``rule_files``."""
    return _HEAD + _written({"groups": [_group(group, runbook) for group in groups]})


def rule_object(groups: Iterable[Group], runbook: str) -> str:
    """Return the same as an object for the Prometheus operator."""
    return _HEAD + _written(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {
                "name": "preview-worker",
                "labels": {
                    "app.kubernetes.io/name": "preview-worker",
                    "app.kubernetes.io/part-of": "mobius",
                    "release": "prometheus",  # what the operator of kube-prometheus-stack looks for
                },
            },
            "spec": {"groups": [_group(group, runbook) for group in groups]},
        }
    )


def anchor(alert: str) -> str:
    """Return the fragment of an alert's section in the runbook, as Markdown renderers make it."""
    return alert.lower()


def _group(group: Group, runbook: str) -> dict[str, Any]:
    rules = [
        _alert(rule, runbook) if isinstance(rule, Alert) else _record(rule) for rule in group.rules
    ]
    return {"name": group.name, "interval": group.interval, "rules": rules}


def _record(record: Record) -> dict[str, Any]:
    return {"record": record.name, "expr": _query(record.expr)}


def _alert(alert: Alert, runbook: str) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": _query(alert.expr),
        "for": alert.lasts,
        "labels": {"severity": alert.severity},
        "annotations": {
            "summary": alert.summary,
            "description": " ".join(alert.description.split()),
            "runbook_url": f"{runbook}#{anchor(alert.name)}",
        },
    }


class _Query(str):
    """A text that is written as a block, line by line."""

    __slots__ = ()


class _Writer(yaml.SafeDumper):  # type: ignore[misc]  # the library has no types
    """Writes queries as blocks, line by line."""


_Writer.add_representer(
    _Query, lambda writer, text: writer.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)


def _query(expr: str) -> str:
    text = dedent(expr).strip()
    return _Query(text + "\n") if "\n" in text else text


def _written(document: dict[str, Any]) -> str:
    text: str = yaml.dump(document, Dumper=_Writer, sort_keys=False, width=1000, allow_unicode=True)
    return text
