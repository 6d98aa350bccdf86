"""A still is the very picture that a render would encode at its time."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings, paint_still, render_preview
from tests.unit.render.jobs import job_of

OPTIONS = {"resolution": "320x180", "transition": "crossfade"}
STEPS = [
    {"id": "one", "title": "Deal", "text": "Deal four cards.", "durationSec": 2},
    {"id": "two", "title": "Play", "text": "Play one of them.", "durationSec": 2},
]
ENCODING = 6.0
"""Mean difference in levels that 4:2:0 and a quantiser of 13 leave of sharp text at this size."""


def _picture(at_s: str) -> np.ndarray[Any, Any]:
    job = job_of(steps=STEPS, options=OPTIONS)
    painted = paint_still(job, RenderSettings(), Fraction(at_s))
    with Image.open(io.BytesIO(painted.content)) as image:
        return np.asarray(image.convert("RGB"), dtype=int)


def test_stills_are_the_frames_of_the_video(tmp_path: Path) -> None:
    """Held ones and those within a transition."""
    job = job_of(steps=STEPS, options=OPTIONS)
    render_preview(job, tmp_path, RenderSettings(), lambda *_: None)
    with av.open(str(tmp_path / "preview.mp4")) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]

    for at_s in ("0", "3.1", "3.2", "4", "5.2", "6.5"):
        encoded = frames[int(Fraction(at_s) * 30)].astype(int)
        assert np.abs(_picture(at_s) - encoded).mean() < ENCODING, at_s


@pytest.mark.parametrize("at_s", ["-1", "500"])
def test_a_time_outside_is_refused(at_s: str) -> None:
    """There is no picture."""
    with pytest.raises(PreviewError, match="there is no picture") as caught:
        paint_still(job_of(steps=STEPS), RenderSettings(), Fraction(at_s))

    assert caught.value.code is ErrorCode.OPTION
