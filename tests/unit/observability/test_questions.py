"""The questions in ``docs/metrics.md`` can be asked, and are about metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.observability.test_instruments import DOCUMENT, documented

PROMTOOL = shutil.which("promtool")
TEXT = DOCUMENT.read_text(encoding="utf-8")
QUESTIONS = {
    question: expression.replace("\\|", "|")
    for question, expression in re.findall(
        r"^\| ([^|]+\?) \| `((?:[^`|]|\\\|)+)` \|$", TEXT, re.MULTILINE
    )
}
NAME = re.compile(r"\b(?:preview_worker|http_server|bullmq|process)_\w+")
PARTS = ("_bucket", "_count", "_sum")


def test_every_row_of_the_table_is_found() -> None:
    """A question that is not read is not tried."""
    _, table = TEXT.split("## Questions that they answer")

    assert len(QUESTIONS) == table.count("\n|") - 2 > 10


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_about_metrics_that_exist(question: str) -> None:
    """Down to the parts of histograms."""
    series = {name + part for name, kind, _ in documented() for part in _parts(kind)}
    names = set(NAME.findall(QUESTIONS[question]))

    assert names
    assert names <= series


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool on the PATH")
def test_prometheus_understands_every_question(tmp_path: Path) -> None:
    """Each is made the expression of a rule, which promtool reads as Prometheus would."""
    assert PROMTOOL is not None
    rules = [
        {"record": f"question:{number}", "expr": expression}
        for number, expression in enumerate(QUESTIONS.values())
    ]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "questions", "rules": rules}]}))  # also YAML
    checked = subprocess.run(
        [PROMTOOL, "check", "rules", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def _parts(kind: str) -> tuple[str, ...]:
    return PARTS if kind == "histogram" else ("",)
