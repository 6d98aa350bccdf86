"""The files for Prometheus and Grafana are what the program writes, and are what those read."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from monitoring.__main__ import DOCS, FOLDER, groups, written
from monitoring.objective import BURNS
from monitoring.words import ROOT

RUNBOOK = ROOT / "docs" / "runbook.md"
MONITORING = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
_, TOLD = groups()
ALERTS = [alert for group in TOLD for alert in group.alerts]
_TEXT = {"type": "string", "minLength": 1}
_SPAN = {"type": "string", "pattern": r"^(0|([0-9]+(ms|[smhdwy]))+)$"}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


def an_object(required: str, **fields: object) -> dict[str, object]:
    """Return the schema of an object that has no other fields."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": fields,
        "additionalProperties": False,
    }


RULE = an_object(
    "expr",
    alert=_TEXT,
    record=_TEXT,
    expr=_TEXT,
    labels=_TEXTS,
    annotations=_TEXTS,
    **{"for": _SPAN},
) | {"oneOf": [{"required": ["alert"]}, {"required": ["record"]}]}
GROUP = an_object(
    "name rules", name=_TEXT, interval=_SPAN, rules={"type": "array", "items": RULE, "minItems": 1}
)
PROMETHEUS_RULE = an_object(
    "apiVersion kind metadata spec",
    apiVersion={"const": "monitoring.coreos.com/v1"},
    kind={"const": "PrometheusRule"},
    metadata=an_object(
        "name",
        name={"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 253},
        namespace=_TEXT,
        labels=_TEXTS,
        annotations=_TEXTS,
    ),
    spec=an_object("groups", groups={"type": "array", "items": GROUP}),
)
"""What the operator's definition of the resource says of these fields."""


def read(name: str) -> Any:
    """Return a committed YAML file."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def panels() -> list[dict[str, Any]]:
    """Return the panels of the committed dashboard, rows among them."""
    board = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return [one for panel in found for one in (panel, *panel.get("panels", []))]


def visible() -> Iterator[dict[str, Any]]:
    """Yield the panels that show something."""
    return (panel for panel in panels() if panel["type"] != "row")


def unfolded() -> list[dict[str, Any]]:
    """Return rows and panels as they lie when every row is unfolded, each below the one before."""
    found, pushed = [], 0
    folded = None
    for panel in panels():
        if panel["type"] == "row":
            pushed += 0 if folded is None else max(map(_bottom, folded)) - folded[0]["gridPos"]["y"]
            folded = panel["panels"] or None
        place = {**panel["gridPos"], "y": panel["gridPos"]["y"] + pushed}
        found.append({**panel, "gridPos": place})
    return found


def _bottom(panel: dict[str, Any]) -> int:
    return int(panel["gridPos"]["y"] + panel["gridPos"]["h"])


@pytest.mark.parametrize("name", written())
def test_a_committed_file_is_what_the_program_writes(name: str) -> None:
    """Whoever changes one runs `make monitoring`."""
    assert (FOLDER / name).read_text(encoding="utf-8") == written()[name]


def test_nothing_else_lies_beside_them() -> None:
    """A file that is no longer written is removed."""
    assert {path.name for path in FOLDER.iterdir()} == written().keys()


def test_the_runbook_may_be_kept_elsewhere(tmp_path: Path) -> None:
    """Every link follows the address that is given."""
    command = [sys.executable, "-m", "monitoring", "--docs", "https://wiki.example.org/mobius/"]
    subprocess.run([*command, "--out", str(tmp_path)], cwd=ROOT, check=True, timeout=60)

    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    linked = [text.count("https://wiki.example.org/mobius/runbook.md#") for text in texts]
    assert len(texts) == len(written())
    assert linked.count(len(ALERTS)) == 2
    assert all(DOCS not in text for text in texts)


def test_the_object_holds_the_same_groups_as_the_files() -> None:
    """For the operator and for a plain Prometheus alike."""
    groups_of_files = read("recording.yml")["groups"] + read("alerts.yml")["groups"]

    assert read("prometheusrule.yaml")["spec"]["groups"] == groups_of_files


def test_the_object_is_one_that_kubernetes_takes() -> None:
    """By the fields that the definition of the resource has."""
    jsonschema.validate(read("prometheusrule.yaml"), PROMETHEUS_RULE)


def test_every_alert_has_a_section_in_the_runbook_and_every_section_an_alert() -> None:
    """So that the link in an alert leads somewhere, and nobody reads of what cannot happen."""
    sections = re.findall(r"^### (Preview\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert sections == [alert.name for alert in ALERTS]


def test_the_documents_speak_of_alerts_that_there_are() -> None:
    """And of their thresholds: the factors of the burn rates stand there as they are computed."""
    told = set(re.findall(r"`(Preview[A-Z]\w+)`", MONITORING))
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", MONITORING, re.MULTILINE)

    assert told <= {alert.name for alert in ALERTS}
    assert rows == [(burn.alert, f"{burn.factor:g}") for burn in BURNS]


def test_the_command_in_the_documents_asks_for_what_it_says() -> None:
    """``make`` hands both addresses on to the program."""
    (command,) = re.findall(r"^make monitoring .+$", MONITORING, re.MULTILINE)
    told = subprocess.run(
        [*shlex.split(command), "-n"], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert '--docs "https://wiki.example.org/mobius" --out "out/monitoring"' in told.stdout


def test_an_alert_says_how_bad_it_is() -> None:
    """Its summary has a figure or the name of what is meant; it lasts before anybody is woken."""
    for alert in ALERTS:
        assert len(alert.summary) < 100
        assert alert.lasts != "0s"
    assert {alert.severity for alert in ALERTS} == {"critical", "warning"}


def test_no_two_panels_have_one_number() -> None:
    """Grafana takes the second for the first."""
    numbers = [panel["id"] for panel in panels()]

    assert len(set(numbers)) == len(numbers) > 40


def test_no_two_panels_lie_on_one_place() -> None:
    """Each cell belongs to one panel at most, when all rows are unfolded; none leaves the grid."""
    cells = [
        (x, y)
        for panel in unfolded()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_panel_says_what_it_is_and_in_which_unit() -> None:
    """Title and description for people; the unit and the data source for Grafana."""
    titles = [panel["title"] for panel in visible()]

    assert len(set(titles)) == len(titles)
    for panel in visible():
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["type"] in {"timeseries", "stat", "table", "heatmap"}
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_links_of_panels_lead_to_alerts_that_there_are() -> None:
    """By the section of the runbook."""
    known = {f"{DOCS}/runbook.md#{alert.name.lower()}" for alert in ALERTS}
    linked = {link["url"] for panel in visible() for link in panel["links"]}

    assert linked <= known
