"""What is judged over the whole timeline."""

from __future__ import annotations

from pathlib import Path

from preview_worker.contract import Finding
from preview_worker.render.assets import FileAssets
from preview_worker.render.audio import Listener
from preview_worker.render.quality import advise, appraise, judge_timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline
from tests.unit.render.jobs import job_of
from tests.unit.render.quality.elite.previews import evidence


def test_sounds_and_spelling_are_judged_together(tmp_path: Path) -> None:
    """Of a French request with a narration that is not there."""
    settings = RenderSettings(asset_roots=(tmp_path,))
    step = {"text": "Un texte: le voici", "audioFile": "gone.wav"}
    job = job_of(steps=[step], options={"language": "fr-CA"})
    listener = Listener(FileAssets(settings), settings)
    found = judge_timeline(job, plan_timeline(job, settings), listener)

    assert [finding.code for finding in found] == ["narration.missing", "text.spacing"]


def test_findings_of_all_steps_get_their_advice() -> None:
    """In their order."""
    first, second = advise([Finding("colour.unknown", "Puce."), Finding("text.cut", "Cut.")])

    assert (first.code, second.code) == ("colour.unknown", "text.cut")
    assert first.suggestion
    assert second.severity == "error"


def test_a_preview_is_appraised_by_its_findings() -> None:
    """Counted by severity, beside the Elite score."""
    findings = (
        Finding("text.cut", "", severity="error"),
        *(Finding("text.unsafe", "", severity="warning") for _ in range(2)),
        *(Finding("text.spacing", "", severity="note") for _ in range(3)),
    )
    quality = appraise(evidence(*findings))

    assert (quality.errors, quality.warnings, quality.notes) == (1, 2, 3)
    assert quality.elite.max == 1000
