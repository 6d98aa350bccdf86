"""Mutated files end in a picture, a sound or a refusal, and scripts of FFmpeg's lead nowhere."""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from chaos.canary import Canary
from chaos.media import Tally, fuzz
from chaos.mutations import MUTATIONS, mutate
from chaos.report import Report
from chaos.specimens import Specimen, scripts, specimens
from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.pictures import decode_picture
from preview_worker.render.audio.decode import decode
from preview_worker.render.soundtrack import SoundRef

FILES = 300


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    """Return a canary that is gone with the test."""
    canary = Canary.beside(tmp_path)
    yield canary
    canary.close()


@pytest.mark.anyio
async def test_mutated_files_end_in_success_or_a_refusal(tmp_path: Path) -> None:
    """X13: each in a render process; a short version of ``python -m chaos.media``."""
    report = Report("media", seed=20_261_126)
    await fuzz(report, tmp_path / "run", FILES)
    figures = {figure.name: figure.value for figure in report.figures}

    assert report.broken == []
    assert figures["files"] == FILES
    assert {"picture: ok", "sound: ok", "picture: invalid.asset_type"} <= set(figures)
    assert set(report.faults) == set(MUTATIONS)


def test_a_run_can_be_had_again(tmp_path: Path) -> None:
    """By its seed: the same files, mutated alike."""
    kinds = specimens(tmp_path)
    again = specimens(tmp_path)
    (one, two, other) = (mutate(_draw(seed), kinds[0].content, b"else") for seed in (7, 7, 8))

    assert kinds == again
    assert one == two != other


def test_what_nobody_classified_is_told() -> None:
    """So is what took too long: the tally can fail."""
    tally = Tally()
    tally.take({"name": "a", "outcomes": ["ok", "unclassified: KeyError: 1"], "spent_s": 11.0})
    tally.take({"name": "b", "outcomes": ["invalid.asset_type", "ok"], "spent_s": 0.1})

    assert tally.unclassified == ["a as sound: unclassified: KeyError: 1"]
    assert tally.slow == ["a: 11.0 s"]
    assert tally.outcomes["picture: invalid.asset_type"] == 1


def test_scripts_lead_nowhere(tmp_path: Path, canary: Canary) -> None:
    """X10, X8: as picture and as sound, whatever they are called, nothing is opened or called."""
    codes = set()
    for script in scripts(canary.file, canary.port):
        for use in (_look, _listen):
            with pytest.raises(PreviewError) as caught:
                use(tmp_path, script)
            codes.add(caught.value.code)

    assert codes == {ErrorCode.ASSET_TYPE}
    assert (canary.openings(), canary.calls()) == (0, 0)


def test_scripts_would_lead_somewhere(tmp_path: Path, canary: Canary) -> None:
    """The canary is no dummy: with FFmpeg left to guess, one script opens it and one calls it."""
    by_name = {script.name: script for script in scripts(canary.file, canary.port)}
    for name in ("ffconcat.mp4", "hls-http.m3u8"):
        path = tmp_path / name
        path.write_bytes(by_name[name].content)
        with contextlib.suppress(av.error.FFmpegError), path.open("rb") as file:
            av.open(file, options={"safe": "0"}, timeout=2).close()

    assert canary.calls() > 0
    assert canary.openings() > 0 or sys.platform != "linux"


def _draw(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- drawn again by its seed


def _look(_folder: Path, script: Specimen) -> None:
    decode_picture(script.content, "/here", 25_000_000, (640, 360))


def _listen(folder: Path, script: Specimen) -> None:
    path = folder / script.name
    path.write_bytes(script.content)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        list(decode(descriptor, SoundRef((script.name,), "/here")))
    finally:
        os.close(descriptor)
