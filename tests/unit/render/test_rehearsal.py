"""What every plan needs is made by a rehearsal, and not by somebody's first job."""

from __future__ import annotations

import subprocess
import sys

import pytest

from preview_worker.contract import PreviewError
from preview_worker.render import RenderSettings, input_digest, rehearse_plan
from preview_worker.render.rehearsal import REHEARSAL

FIRST_JOB = """
import re, sys
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, asset_addresses, input_digest, rehearse_plan
if "rehearsed" in sys.argv:
    rehearse_plan(RenderSettings())
made, of_old = [], re._compiler.compile
re._compiler.compile = lambda pattern, flags: made.append(pattern) or of_old(pattern, flags)
payload = '{"jobId":"a","projectId":"b","requestId":"c","dryRun":false,"previewRequest":' \\
    '{"steps":[{"title":"Für 2–5 Spieler","text":"Das Spiel ist „leicht“."}],"assets":[]}}'
job = read_job(payload.encode()).job
asset_addresses(job, RenderSettings())
input_digest(job, RenderSettings())
print(len(made))
"""


def made_by_a_first_job(*arguments: str) -> int:
    """Return how many patterns a fresh process compiles for its first job."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_JOB, *arguments],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_the_first_job_after_a_rehearsal_makes_no_table() -> None:
    """Without the rehearsal it makes those of characters that are not plain ASCII."""
    assert made_by_a_first_job("rehearsed") == 0
    assert made_by_a_first_job() >= 3


def test_a_rehearsal_leaves_failures_to_the_first_job() -> None:
    """Limits that allow no text end no start; a job is told of them."""
    narrow = RenderSettings(max_text_chars=1)
    rehearse_plan(narrow)
    with pytest.raises(PreviewError):
        input_digest(REHEARSAL, narrow)
