"""A finished file that is not as loud as it should be is told of."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from preview_worker.render.audio import judge_loudness
from preview_worker.render.soundtrack import Loudness
from tests.unit.render.sounds import tone, write_wav

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame


def _decoded(path: Path) -> Iterator[AudioFrame]:
    with av.open(str(path)) as file:
        yield from file.decode(audio=0)


def test_a_good_track_has_no_finding(tmp_path: Path) -> None:
    """And its facts are those of the file."""
    path = write_wav(tmp_path / "a.wav", np.stack([tone(5, 1000, 10 ** (-14 / 20))] * 2))
    facts, findings = judge_loudness(_decoded(path), Loudness())

    assert findings == []
    assert facts.integrated_lufs == pytest.approx(-14, abs=0.1)
    assert facts.true_peak_dbtp == pytest.approx(-14, abs=0.1)
    assert (facts.profile, facts.target_lufs, facts.ceiling_dbtp) == ("mobius", -14, -1)
    assert facts.max_sample_dbfs == pytest.approx(-14, abs=0.1)
    assert facts.longest_silence_s == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize(
    ("level_db", "loudness", "codes"),
    [
        (-20, Loudness(), ["loudness.not_reached"]),
        (-0.2, Loudness(), ["loudness.not_reached", "loudness.peak"]),
        (-2, Loudness("custom", Fraction(-2), Fraction(-3)), ["loudness.peak"]),
        (-20, Loudness(levelled=False), []),
    ],
)
def test_a_miss_is_told(
    tmp_path: Path, level_db: float, loudness: Loudness, codes: list[str]
) -> None:
    """Too quiet, too loud, or with peaks above the ceiling."""
    level = tone(5, 1000, 10 ** (level_db / 20))
    path = write_wav(tmp_path / "a.wav", np.stack([level, level]))

    assert [finding.code for finding in judge_loudness(_decoded(path), loudness)[1]] == codes
