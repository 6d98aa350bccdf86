"""What the runbook says can be typed as it stands, and its questions can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring import promql
from monitoring.words import ROOT, vocabulary
from preview_worker.queue import QueueSettings
from tests.jobs import add, ended
from tests.prompt import Prompt
from tests.workers import WorkerUnderTest, a_worker, environment

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
INLINE = re.findall(r"`(preview-worker [^`]+)`", RUNBOOK)
BLOCKS = re.findall(r"^```sh\n(.*?)^```", RUNBOOK, flags=re.DOTALL | re.MULTILINE)
QUERIES = re.findall(r"^```promql\n(.*?)^```", RUNBOOK, flags=re.DOTALL | re.MULTILINE)
FRAGMENTS = set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK))
HEADINGS = re.findall(r"^#+ (.+)$", RUNBOOK, flags=re.MULTILINE)
JOB = "lighthouse-42"
LACKING = {
    "steps": [{"text": "Light the lamp.", "image": "lamp"}],
    "assets": [{"id": "lamp", "path": "no-such-lamp.png"}],
}
"""A request that is understood, and cannot be rendered."""
RUN_ELSEWHERE = {
    "preview-worker validate": "needs a payload; tests/integration/test_readme.py",
    "preview-worker lint": "needs a payload; tests/integration/test_readme.py",
    "preview-worker serve": "goes on; tests/integration/test_api_doors.py",
}
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
COMMANDS += sorted({" ".join(line.split()) for line in INLINE} - {*COMMANDS, *RUN_ELSEWHERE})


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def worker(queue_settings: QueueSettings, tmp_path: Path) -> Iterator[WorkerUnderTest]:
    """A worker on a queue of its own."""
    with a_worker(queue_settings, tmp_path / "data") as running:
        yield running


def test_every_command_of_the_runbook_works_as_it_stands(
    worker: WorkerUnderTest, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Typed one after the other on a machine where a job failed for good, each ends with 0."""
    add(queue_settings, LACKING, jobId=JOB, requestId="req-42")
    assert ended(queue_settings, JOB).state == "failed"
    worker.wait_for("job.settled", job_id=JOB)
    log = "".join(f"{json.dumps(line)}\n" for line in worker.lines)
    (tmp_path / "worker.log").write_text(log, encoding="utf-8")
    prompt = Prompt(tmp_path, environment(queue_settings, tmp_path / "data"))

    for command in COMMANDS:
        prompt.type_in(command)
    assert len(COMMANDS) > 20
    assert (tmp_path / "queue.backup").is_file()


def test_every_question_of_the_runbook_can_be_asked() -> None:
    """It speaks of metrics and labels that there are."""
    words = vocabulary()

    assert len(QUERIES) >= 3
    for query in QUERIES:
        promql.check(query, words)


def test_every_link_inside_the_runbook_leads_to_a_section() -> None:
    """A heading's anchor is its words in lower case, with hyphens."""
    anchors = {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in HEADINGS}

    assert FRAGMENTS
    assert anchors >= FRAGMENTS
