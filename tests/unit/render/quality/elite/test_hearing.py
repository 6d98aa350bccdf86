"""The rules about sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.contract import Finding
from preview_worker.render.quality.elite import hearing
from preview_worker.render.quality.elite.evidence import LATER
from tests.unit.render.quality.elite.previews import LOUDNESS, evidence, rendered

JUDGES = (
    hearing.judge_loudness,
    hearing.judge_true_peak,
    hearing.judge_samples,
    hearing.judge_silence,
)


def test_a_good_track_passes_all_rules() -> None:
    """With what was measured."""
    verdicts = [judge(rendered()) for judge in JUDGES]

    assert [verdict.holds for verdict in verdicts] == [True] * 4
    assert [verdict.measured for verdict in verdicts] == [-14.2, -1.1, -1.3, 0.4]


def test_nothing_is_measured_before_the_render() -> None:
    """Nor is anything failed."""
    assert [judge(evidence()) for judge in JUDGES] == [LATER] * 4


def test_silence_fails() -> None:
    """There is nothing to be loud."""
    assert [judge(rendered(None)).holds for judge in JUDGES] == [False] * 4


@pytest.mark.parametrize(
    ("judge", "facts"),
    [
        (hearing.judge_loudness, replace(LOUDNESS, integrated_lufs=-14.6)),
        (hearing.judge_loudness, replace(LOUDNESS, integrated_lufs=-13.4)),
        (hearing.judge_true_peak, replace(LOUDNESS, true_peak_dbtp=-0.9)),
        (hearing.judge_samples, replace(LOUDNESS, max_sample_dbfs=-0.05)),
        (hearing.judge_silence, replace(LOUDNESS, longest_silence_s=0.51)),
    ],
)
def test_a_track_beyond_a_limit_fails(judge: object, facts: object) -> None:
    """By a hair."""
    assert callable(judge)
    assert judge(rendered(facts)).holds is False  # type: ignore[arg-type]  # both are in pairs


@pytest.mark.parametrize(
    ("ducking", "holds", "below_db"),
    [({"mode": "none"}, False, 10.5), ({"mode": "envelope", "dipDb": -12}, True, 22.5)],
)
def test_music_is_compared_as_it_is_mixed(
    ducking: dict[str, object], below_db: float, *, holds: bool
) -> None:
    """A volume of 0.3 is 10.5 dB down; ducking takes it further."""
    bed = {"file": "m.mp3", "volume": 0.3}
    audio = {"bgm": bed, "narration": "v.mp3", "ducking": ducking}
    verdict = hearing.judge_ducking(evidence(audio=audio))

    assert verdict.holds is holds
    assert verdict.measured == pytest.approx(below_db, abs=0.1)


@pytest.mark.parametrize("audio", [{}, {"bgm": {"file": "m.mp3", "volume": 1}}])
def test_without_both_there_is_nothing_to_duck(audio: dict[str, object]) -> None:
    """Neither music without a voice nor a voice without music can fail."""
    assert hearing.judge_ducking(evidence(audio=audio)).holds is True


def test_music_that_is_not_there_is_not_measured() -> None:
    """Nothing of it is heard."""
    audio = {"bgm": {"file": "m.mp3", "volume": 1}, "narration": "v.mp3"}

    assert hearing.judge_ducking(evidence(Finding("music.missing", ""), audio=audio)).holds is True
    assert hearing.judge_ducking(evidence(audio=audio)).holds is False
